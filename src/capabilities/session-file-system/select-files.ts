/** The files of a session that an agent's glob means; agents may name them below /workspace. */
import type { SessionFiles, ToolFile } from "../../core/ports/tools.ts";
import { selectByGlob } from "../../lib/grep/select-by-glob.ts";
import type { GlobSelection } from "../../lib/grep/select-by-glob.ts";

/** Without a glob: all files. */
export async function selectFiles(
  files: SessionFiles,
  pattern: string | undefined,
  signal: AbortSignal,
): Promise<GlobSelection<ToolFile>> {
  const all = (await files.list("/", true)).filter(({ isDirectory }) => !isDirectory);
  if (pattern === undefined) return { kind: "selected", items: all };
  return selectByGlob(all, pattern.replace(/^\/workspace(?=\/)/, ""), signal);
}
