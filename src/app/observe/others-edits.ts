/**
 * What changed in a tree while a command ran was written by that command, or by somebody else who worked beside it. Files
 * of which another session has told in that time that it edited them are that session's (R6): whoever ran the command is
 * not accused of them, and does not get to hold them.
 */
import type { TeamReads } from "../../core/ports/team.ts";
import type { SessionRecord } from "../../core/session.ts";
import type { Tree, TreePath } from "../../core/team/tree.ts";

export interface OthersEditsDeps {
  readonly store: Pick<TeamReads, "readEdits">;
}

export async function withoutOthersEdits(
  { store }: OthersEditsDeps,
  session: Pick<SessionRecord, "id" | "workspaceId">,
  { tree, changed, sinceMs }: { readonly tree: Tree; readonly changed: readonly TreePath[]; readonly sinceMs: number },
): Promise<readonly TreePath[]> {
  if (changed.length === 0) return changed;
  const keys = changed.map(({ key }) => key);
  const edits = await store.readEdits(session.workspaceId, tree.repository, keys);
  return changed.filter(({ key }) => {
    const edit = edits.get(key);
    return edit === undefined || edit.lastBy === session.id || Date.parse(edit.lastAt) <= sinceMs;
  });
}
