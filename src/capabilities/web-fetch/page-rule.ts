/** How one kind of element is written down. */
import type { HtmlNode } from "./html-node.ts";

export type PageRule = {
  readonly filter: (node: HtmlNode) => boolean;
  readonly replacement: (content: string, node: HtmlNode) => string;
};

export const isTag =
  (...names: readonly string[]) =>
  ({ nodeName }: HtmlNode): boolean =>
    names.includes(nodeName);
