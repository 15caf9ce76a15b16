/**
 * How the elements of a page are written down, as Markdown or as plain text.
 *
 * Invariant: every link is absolute and leads to http(s) or mail; everything else is left as its text.
 */
import { isTag } from "./page-rule.ts";
import type { PageRule } from "./page-rule.ts";

export function markdownRules(baseOf: () => URL): Readonly<Record<string, PageRule>> {
  return {
    link: {
      filter: (node) => node.nodeName === "A" && node.hasAttribute("href"),
      replacement(content, node) {
        const text = content.trim().replaceAll(/\s*\n\s*/g, " ");
        const href = absolute(node.getAttribute("href"), baseOf());
        return text === "" || href === null ? content : `[${text}](${href})`;
      },
    },
    image: {
      filter: isTag("IMG"),
      replacement(_content, node) {
        const alt = oneLine(node.getAttribute("alt"));
        const src = absolute(node.getAttribute("src"), baseOf());
        if (alt === "") return "";
        return src === null ? alt : `![${alt}](${src})`;
      },
    },
  };
}

export const textRules: Readonly<Record<string, PageRule>> = {
  image: { filter: isTag("IMG"), replacement: (_content, node) => oneLine(node.getAttribute("alt")) },
  heading: { filter: isTag("H1", "H2", "H3", "H4", "H5", "H6"), replacement: (content) => `\n\n${content}\n\n` },
  inline: {
    filter: isTag("A", "B", "STRONG", "I", "EM", "CODE", "DEL", "S", "STRIKE"),
    replacement: (content) => content,
  },
  quote: { filter: isTag("BLOCKQUOTE"), replacement: (content) => `\n\n${content}\n\n` },
  preformatted: { filter: isTag("PRE"), replacement: (_content, node) => `\n\n${node.textContent ?? ""}\n\n` },
};

function absolute(href: string | null, base: URL): string | null {
  const url = href === null ? null : URL.parse(href.trim(), base.href);
  if (url === null || !["http:", "https:", "mailto:"].includes(url.protocol)) return null;
  return url.href.replaceAll("(", "%28").replaceAll(")", "%29");
}

function oneLine(text: string | null): string {
  return (text ?? "").trim().replaceAll(/\s+/g, " ");
}
