/**
 * From a path that a stranger wrote to the place in the folder that it really means: links are followed as long as they
 * lead to something in the folder. What was found is opened without following any (`open-folder.ts`), so a link that is
 * put there meanwhile leads nowhere.
 */
import { realpath } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { realPathOf, unlessMissing } from "../repository/real-path.ts";
import { faultIn, parseTreePath, shownPath } from "./tree-path.ts";

export interface Place {
  /** Absolute, without links. */
  readonly root: string;
  readonly segments: readonly string[];
  /** `/src/a.ts` */
  readonly shown: string;
}

export type Located =
  | { readonly kind: "found"; readonly place: Place }
  /** A sentence without its end, for people. */
  | { readonly kind: "refused"; readonly detail: string };

export interface LocateOptions {
  /** The link itself is meant and not what it leads to. */
  readonly isLinkItself?: boolean;
}

/** `folder`: absolute. Found is also what is not there yet. */
export async function locate(
  folder: string,
  text: string,
  { isLinkItself = false }: LocateOptions = {},
): Promise<Located> {
  const root = await unlessMissing(() => realpath(folder));
  if (root === undefined) return { kind: "refused", detail: `There is no folder ${folder} any more` };
  const parsed = parseTreePath(text, text.startsWith(`${root}/`) || text === root ? root : folder);
  if (parsed.kind === "refused") return parsed;
  const { segments } = parsed;
  const followed = isLinkItself ? segments.slice(0, -1) : segments;
  const real = await realPathOf(join(root, ...followed));
  if (real !== root && !real.startsWith(root + sep)) {
    return { kind: "refused", detail: `${shownPath(segments)} leads out of the folder by a link` };
  }
  const found = [
    ...relative(root, real)
      .split(sep)
      .filter((part) => part !== ""),
    ...segments.slice(followed.length),
  ];
  const detail = faultIn(found);
  if (detail !== undefined) return { kind: "refused", detail };
  return { kind: "found", place: { root, segments: found, shown: shownPath(found) } };
}
