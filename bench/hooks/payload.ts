/** What Claude Code sends before it writes a file, as its own request does, with the facts of the tree that `fill.ts` fills. */
import type { HttpClient } from "../http-client.ts";
import { verify } from "../bench.ts";
import { tree } from "../reservations/fill.ts";

/** About as long as an edit is. */
const TEXT = "const answer = 42;\n".repeat(100);

export const facts = {
  "X-Serai-Root": tree.root,
  "X-Serai-Common-Dir": `${tree.root}/.git`,
  "X-Serai-Origin": "git@github.com:acme/app.git",
  "X-Serai-Branch": "main",
} as const;

export function before(session: string, file: string, use: string) {
  return {
    ...{ session_id: session, hook_event_name: "PreToolUse", cwd: tree.root },
    transcript_path: `/home/dev/.claude/projects/-w-app/${session}.jsonl`,
    ...{ permission_mode: "default", tool_name: "Edit", tool_use_id: `toolu_${use}` },
    tool_input: { file_path: `${tree.root}/${file}`, old_string: TEXT, new_string: TEXT },
  };
}

export type Expected = "deny" | "allow";

export async function timeOf(
  client: HttpClient,
  { path, body, expected }: { readonly path: string; readonly body: unknown; readonly expected: Expected },
): Promise<number> {
  const startedAt = performance.now();
  const { status, text } = await client.send("POST", path, body);
  const took = performance.now() - startedAt;
  const isDenied = text.includes('"permissionDecision":"deny"');
  verify(status === 200 && isDenied === (expected === "deny"), `${path} answered ${status}: ${text.slice(0, 300)}`);
  return took;
}
