/**
 * What of a page is not what people read it for: programs, styles, navigation, forms, what is hidden; and where a page
 * says what its main part is, everything beside that.
 */
import type { HtmlDocument, HtmlNode } from "./html-node.ts";

const TAGS: ReadonlySet<string> = new Set(
  (
    "SCRIPT STYLE NOSCRIPT TEMPLATE TITLE META LINK BASE IFRAME OBJECT EMBED SVG CANVAS AUDIO VIDEO MAP " +
    "NAV FOOTER ASIDE DIALOG BUTTON INPUT SELECT TEXTAREA DATALIST"
  ).split(" "),
);
const ROLES: ReadonlySet<string> = new Set(
  "navigation contentinfo complementary search dialog alertdialog menu menubar toolbar".split(" "),
);

/** A main part with less text than this is one that a program would have filled. */
const MIN_MAIN_CHARS = 200;

/** Nothing where a page does not say what its main part is, or says it of an empty place. */
export function mainPartOf(document: HtmlDocument): HtmlNode | null {
  const main = document.querySelector("main, [role=main]") ?? document.querySelector("article") ?? null;
  const text = main?.textContent?.trim() ?? "";
  return text.length < MIN_MAIN_CHARS ? null : main;
}

export function isNoise(node: HtmlNode, main: HtmlNode | null): boolean {
  if (TAGS.has(node.nodeName.toUpperCase()) || ROLES.has(node.getAttribute("role") ?? "")) return true;
  if (node.hasAttribute("hidden") || node.getAttribute("aria-hidden") === "true") return true;
  return main !== null && isBeside(node, main);
}

/** Only what stands next to the main part or to something above it is asked further. */
function isBeside(node: HtmlNode, main: HtmlNode): boolean {
  const isOnTheWay = node.parentNode?.contains(main) === true && node.parentNode !== main;
  return isOnTheWay && !node.contains(main);
}
