/** The files of a working tree that git has or would take: what is ignored is in nobody's way when all is searched. */
import { runGit } from "../git.ts";
import { faultIn } from "./tree-path.ts";

const LONGEST_MS = 15_000;
const ARGS = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"] as const;

/** Below a folder of it, each as segments from the top. Errors: throws where git cannot be asked. */
export async function knownFiles(root: string, below: readonly string[]): Promise<readonly (readonly string[])[]> {
  const args = [...ARGS, ...(below.length === 0 ? [] : ["--", `:(literal)${below.join("/")}/`])];
  const { code, stdout, stderr } = await runGit({ folder: root, args, timeoutMs: LONGEST_MS });
  if (code !== 0) throw new Error(`Cannot list the files of "${root}": ${stderr.trim()}`);
  return stdout
    .split("\0")
    .filter((path) => path !== "")
    .map((path) => path.split("/"))
    .filter((segments) => faultIn(segments) === undefined);
}
