/**
 * Which paths meet. Two paths of a tree meet when they are the same or one lies below the other, whatever they were
 * taken for: nobody can hold `src` as a file while somebody holds `src/a.ts`. So a path is looked up by its node (the
 * key without the slash at its end), the nodes above it one by one, and those below it as one range (D1).
 */

/** The top of a tree, held as a directory. */
export const TREE_KEY = "/";

/** The key without the slash of a directory; empty for the top of the tree. */
export function nodeOf(key: string): string {
  return key.endsWith("/") ? key.slice(0, -1) : key;
}

/** The node itself and every one above it, up to the top. */
export function nodesAbove(node: string): readonly string[] {
  if (node === "") return [""];
  const nodes = [node];
  for (let cut = node.lastIndexOf("/"); cut >= 0; cut = node.lastIndexOf("/", cut - 1)) nodes.push(node.slice(0, cut));
  return [...nodes, ""];
}

/**
 * Every node below, and no other: those from `from` on and before `to`. Holds for every order that compares code units
 * or code points one by one.
 */
export function rangeBelow(node: string): { readonly from: string; readonly to: string } {
  // "0" is the next character after "/"; a path begins with no character as large as the last of all.
  return node === "" ? { from: "\u0001", to: "\u{10ffff}" } : { from: `${node}/`, to: `${node}0` };
}

export function meet(one: string, other: string): boolean {
  return one === other || isBelow(one, other) || isBelow(other, one);
}

export function isBelow(node: string, above: string): boolean {
  return above === "" ? node !== "" : node.startsWith(`${above}/`);
}
