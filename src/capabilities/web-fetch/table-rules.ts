/**
 * Tables as lines of cells, the first row as their head. A table that only arranges the page, or holds another one, is no
 * table to its reader: its cells are just text.
 */
import type { HtmlNode } from "./html-node.ts";
import { isTag } from "./page-rule.ts";
import type { PageRule } from "./page-rule.ts";

export type TableRules = {
  readonly rules: Readonly<Record<string, PageRule>>;
  /** An empty cell is written down too, or the others would change columns. */
  readonly isCell: (node: HtmlNode) => boolean;
};

const isTableCell = isTag("TD", "TH");

export function makeTableRules(): TableRules {
  const shapes = new WeakMap<HtmlNode, Shape>();
  /** Looked at once for each table: it means going through all of it. */
  function shapeOf(node: HtmlNode): Shape {
    const table = node.closest("table") ?? null;
    if (table === null) return LAYOUT;
    const known = shapes.get(table) ?? lookAt(table);
    shapes.set(table, known);
    return known;
  }
  return {
    isCell: (node) => isTableCell(node) && !shapeOf(node).isForLayout,
    rules: {
      cell: {
        filter: isTableCell,
        replacement: (content, node) => (shapeOf(node).isForLayout ? `${content.trim()} ` : cellOf(content)),
      },
      row: {
        filter: isTag("TR"),
        replacement(content, node) {
          const { isForLayout, firstRow } = shapeOf(node);
          if (content.trim() === "") return "";
          if (isForLayout) return `\n${content.trim()}\n`;
          const columns = firstRow === node ? node.querySelectorAll("td, th").length : 0;
          return `${content}|\n${columns === 0 ? "" : `${"| --- ".repeat(columns)}|\n`}`;
        },
      },
      section: { filter: isTag("THEAD", "TBODY", "TFOOT"), replacement: (content) => content },
      table: { filter: isTag("TABLE"), replacement: (content) => `\n\n${content.trim()}\n\n` },
    },
  };
}

/** One line. */
export function cellOf(content: string): string {
  return `| ${content
    .trim()
    .replaceAll(/\s*\n\s*/g, " ")
    .replaceAll("|", "\\|")} `;
}

type Shape = { readonly isForLayout: boolean; readonly firstRow: HtmlNode | null };

const LAYOUT: Shape = { isForLayout: true, firstRow: null };

function lookAt(table: HtmlNode): Shape {
  const isNested = (table.querySelector("table") ?? null) !== null;
  if (isNested || table.getAttribute("role") === "presentation") return LAYOUT;
  return { isForLayout: false, firstRow: table.querySelector("tr") ?? null };
}
