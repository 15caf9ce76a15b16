/** Aligned tables and lists of facts, as plain text. On a terminal the one flexible column gives way, never the ids. */
import { plainLine } from "./screen.ts";
import type { Screen } from "./screen.ts";
import { cutText, padText, textWidth } from "./text-width.ts";

export interface Column {
  readonly title: string;
  readonly align?: "right";
  /** Cut to what the terminal has left. */
  readonly isFlexible?: boolean;
}

const GAP = "  ";
const LEAST_FLEXIBLE = 10;

type Rows = readonly (readonly string[])[];

export function formatTable(columns: readonly Column[], rows: Rows, screen: Screen): string {
  const clean = rows.map((row) => row.map((cell) => plainLine(cell)));
  const widths = widthsOf(columns, clean, screen.columns);
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => fitCell(cell, { width: widths[at] ?? 0, align: columns[at]?.align }))
      .join(GAP)
      .trimEnd();
  const head = screen.paintOut("dim", line(columns.map(({ title }) => title)));
  return [head, ...clean.map(line), ""].join("\n");
}

function widthsOf(columns: readonly Column[], rows: Rows, available: number | null): readonly number[] {
  const natural = columns.map(({ title }, at) =>
    rows.reduce((most, row) => Math.max(most, textWidth(row[at] ?? "")), textWidth(title)),
  );
  if (available === null) return natural;
  const total = natural.reduce((sum, width) => sum + width, GAP.length * (columns.length - 1));
  const excess = Math.max(0, total - available);
  return natural.map((width, at) =>
    columns[at]?.isFlexible === true ? Math.min(width, Math.max(LEAST_FLEXIBLE, width - excess)) : width,
  );
}

function fitCell(
  text: string,
  { width, align }: { readonly width: number; readonly align: "right" | undefined },
): string {
  const cut = cutText(text, width);
  return align === "right" ? " ".repeat(Math.max(0, width - textWidth(cut))) + cut : padText(cut, width);
}

/** One fact a line; empty ones are left out. */
export function formatFacts(facts: readonly (readonly [name: string, value: string | null])[], screen: Screen): string {
  const shown = facts.flatMap(([name, value]) =>
    value === null || value === "" ? [] : [[name, plainLine(value)] as const],
  );
  const width = Math.max(0, ...shown.map(([name]) => textWidth(name)));
  return shown.map(([name, value]) => `${screen.paintOut("dim", padText(name, width))}${GAP}${value}\n`).join("");
}
