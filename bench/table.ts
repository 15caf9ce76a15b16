/** The table that a run of the benches ends with. */
import type { BenchResult, Row } from "./bench.ts";
import type { Spread } from "./statistics.ts";

const HEADINGS = ["bench", "work", "ours", "peer", "ratio", "bar", "reached"] as const;

function number(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  return value.toFixed(digits);
}

/** `1.24 (1.10–1.50)`; a figure of one round has no spread. */
function spread({ median, min, max, rounds }: Spread): string {
  return rounds > 1 ? `${number(median)} (${number(min)}–${number(max)})` : number(median);
}

function cellsOf(name: string, row: Row): readonly string[] {
  return [
    name,
    row.what,
    `${spread(row.ours)} ${row.unit}`,
    row.peer === null ? "" : `${spread(row.peer)} ${row.unit}`,
    row.ratio === null ? "" : spread(row.ratio),
    row.bar ?? "",
    row.isReached === null ? "" : row.isReached ? "yes" : "NO",
  ];
}

export function printTable(results: ReadonlyMap<string, BenchResult>): void {
  const lines = [...results].flatMap(([name, { rows }]) => rows.map((row) => cellsOf(name, row)));
  const widths = HEADINGS.map((heading, at) =>
    Math.max(heading.length, ...lines.map((cells) => cells[at]?.length ?? 0)),
  );
  const print = (cells: readonly string[]) =>
    console.log(`| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`);
  print(HEADINGS);
  print(widths.map((width) => "-".repeat(width)));
  for (const cells of lines) print(cells);
  for (const [name, { notes }] of results) for (const note of notes) console.log(`\n${name}: ${note}`);
}
