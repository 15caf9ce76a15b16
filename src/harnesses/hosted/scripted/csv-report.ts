/** The report of the CSV demo: Markdown out of figures, each of which was computed from what the tools returned. */
import { groupColumn, groupFigures, measureOf, numberFigures } from "./csv-table.ts";
import type { GroupFigures, NumberFigures, Table } from "./csv-table.ts";

export interface Finding {
  readonly path: string;
  readonly table: Table;
  /** Lines of the file that were not read. */
  readonly isPartial: boolean;
  readonly searched: { readonly pattern: string; readonly count: number; readonly isCapped: boolean } | undefined;
}

const MOST_ROWS = 10;

function number(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 2 });
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function numbersSection(figures: readonly NumberFigures[]): readonly string[] {
  if (figures.length === 0) return [];
  const rows = figures.map(
    ({ column, count, sum, min, max }) =>
      `| ${cell(column)} | ${count} | ${number(sum)} | ${number(sum / count)} | ${number(min)} | ${number(max)} |`,
  );
  return [
    "## Figures",
    "",
    "| Column | Values | Sum | Mean | Least | Most |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ];
}

function groupsSection(by: string, measure: string | undefined, groups: readonly GroupFigures[]): readonly string[] {
  const ofMeasure = measure === undefined ? "" : ` Sum of ${cell(measure)} |`;
  const rows = groups
    .slice(0, MOST_ROWS)
    .map(({ name, count, sum }) => `| ${cell(name)} | ${count} |${measure === undefined ? "" : ` ${number(sum)} |`}`);
  const line = `| --- | --- |${measure === undefined ? "" : " --- |"}`;
  return [`## By ${by}`, "", `| ${cell(by)} | Rows |${ofMeasure}`, line, ...rows, ""];
}

export interface Report {
  readonly markdown: string;
  readonly summary: string;
}

export function writeReport({ path, table, isPartial, searched }: Finding): Report {
  const figures = numberFigures(table);
  const measure = measureOf(figures);
  const column = groupColumn(table);
  const by = column === undefined ? undefined : table.columns[column];
  const groups = column === undefined ? [] : groupFigures(table, column, measure?.column);
  const bySum = groups.toSorted((one, other) => other.sum - one.sum);
  const size = `${number(table.rows.length)} rows and ${table.columns.length} columns`;
  const partial = isPartial ? " (the beginning of the file; the rest was not read)" : "";
  const found =
    searched === undefined
      ? ""
      : `A search for \`${searched.pattern}\` finds ${searched.isCapped ? "at least " : ""}${searched.count} lines.`;
  const best = bySum[0];
  const lead =
    measure === undefined
      ? ""
      : `${measure.column} adds up to ${number(measure.sum)}, ${number(measure.sum / measure.count)} on average` +
        (best === undefined || by === undefined
          ? "."
          : `; ${best.name} has the largest share by ${by}, ${number(best.sum)}.`);
  const markdown = [
    `# ${path.slice(path.lastIndexOf("/") + 1)}`,
    "",
    `${size}${partial}: ${table.columns.join(", ")}.`,
    ...(lead === "" ? [] : ["", lead]),
    ...(found === "" ? [] : ["", found]),
    "",
    ...numbersSection(figures),
    ...(by === undefined ? [] : groupsSection(by, measure?.column, groups)),
  ].join("\n");
  return { markdown, summary: [`${path} has ${size}${partial}.`, lead, found].filter((line) => line !== "").join(" ") };
}
