/**
 * What our own clients say of the working tree that they run in, as headers: the same facts in the same spelling as those
 * that the hook script sends, so that an agent's hooks and its other clients are found in one tree.
 */
import { realPathOf } from "../lib/repository/real-path.ts";
import { readRepository } from "../lib/repository/repository-facts.ts";

export interface TreeFacts {
  readonly root: string;
  readonly commonDir: string;
  readonly origin: string | null;
  readonly branch: string | null;
  readonly head: string | null;
  readonly ignoresCase: boolean;
}

/** Null outside of any repository. */
export async function readTreeFacts(folder: string): Promise<TreeFacts | null> {
  const found = await readRepository(await realPathOf(folder));
  if (found === null) return null;
  const { root, commonDir, origin, branch, head, ignoresCase } = found;
  return { root, commonDir, origin: origin === null ? null : withoutAccount(origin), branch, head, ignoresCase };
}

export function treeHeaders(facts: TreeFacts | null, host: string): Readonly<Record<string, string>> {
  const pairs: readonly (readonly [string, string | null])[] = [
    ["X-Serai-Host", host],
    ["X-Serai-Root", facts?.root ?? null],
    ["X-Serai-Common-Dir", facts?.commonDir ?? null],
    ["X-Serai-Origin", facts?.origin ?? null],
    ["X-Serai-Branch", facts?.branch ?? null],
    ["X-Serai-Head", facts?.head ?? null],
    ["X-Serai-Ignore-Case", facts?.ignoresCase === true ? "true" : null],
  ];
  return Object.fromEntries(pairs.flatMap(([name, value]) => (value === null ? [] : [[name, headerText(value)]])));
}

/** What a header cannot carry, and the sign it is written with. */
export function headerText(text: string): string {
  return /^[ -$&-~]*$/.test(text) ? text : encodeURIComponent(text.toWellFormed());
}

/** What stands before an at sign may be a secret. */
function withoutAccount(origin: string): string {
  return origin.replace(/^([^:/?#]+:\/\/)([^/]*)@/, "$1");
}
