/**
 * How the elements of a page are written down, as Markdown or as plain text.
 *
 * Invariant: every link is absolute and leads to http(s) or mail; everything else is left as its text.
 */
import type { HtmlNode } from "./html-node.ts";

export type PageRule = {
  readonly filter: (node: HtmlNode) => boolean;
  readonly replacement: (content: string, node: HtmlNode) => string;
};

const isTag =
  (...names: readonly string[]) =>
  ({ nodeName }: HtmlNode): boolean =>
    names.includes(nodeName);

/** In a table that only arranges the page, or holds another one, cells are just text. */
function isForLayout(node: HtmlNode): boolean {
  const table = node.closest("table");
  return table === null || table.getAttribute("role") === "presentation" || table.querySelector("table") !== null;
}

const tableRules: Readonly<Record<string, PageRule>> = {
  cell: {
    filter: isTag("TD", "TH"),
    replacement: (content, node) => (isForLayout(node) ? `${content.trim()} ` : cellOf(content)),
  },
  row: {
    filter: isTag("TR"),
    replacement(content, node) {
      if (content.trim() === "") return "";
      if (isForLayout(node)) return `\n${content.trim()}\n`;
      const isFirst = node.closest("table")?.querySelector("tr") === node;
      const rule = isFirst ? `\n${"| --- ".repeat(node.querySelectorAll("td, th").length)}|` : "";
      return `${content}|${rule}\n`;
    },
  },
  section: { filter: isTag("THEAD", "TBODY", "TFOOT"), replacement: (content) => content },
  table: { filter: isTag("TABLE"), replacement: (content) => `\n\n${content.trim()}\n\n` },
};

/** A cell is one line. */
export function cellOf(content: string): string {
  return `| ${content
    .trim()
    .replaceAll(/\s*\n\s*/g, " ")
    .replaceAll("|", "\\|")} `;
}

export function isCell(node: HtmlNode): boolean {
  return isTag("TD", "TH")(node) && !isForLayout(node);
}

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
    ...tableRules,
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
  ...tableRules,
};

function absolute(href: string | null, base: URL): string | null {
  const url = href === null ? null : URL.parse(href.trim(), base.href);
  if (url === null || !["http:", "https:", "mailto:"].includes(url.protocol)) return null;
  return url.href.replaceAll("(", "%28").replaceAll(")", "%29");
}

function oneLine(text: string | null): string {
  return (text ?? "").trim().replaceAll(/\s+/g, " ");
}
