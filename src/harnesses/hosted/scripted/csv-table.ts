/** A small table out of CSV lines, and the figures that can be had of it. Everything comes from the lines given. */

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface NumberFigures {
  readonly column: string;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

export interface GroupFigures {
  readonly name: string;
  readonly count: number;
  readonly sum: number;
}

const MOST_GROUPS = 50;
const ID_LIKE = /^(?:id|.*_id|.* id|no|nr|year|month|day)$/i;
const DATE_LIKE = /^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}/;
const MEASURE_LIKE = /revenue|amount|total|sales|price|cost|value|score/i;

export function splitLine(line: string): readonly string[] {
  const cells: string[] = [];
  let cell = "";
  let isQuoted = false;
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (isQuoted && character === '"' && line.charAt(at + 1) === '"') {
      cell += '"';
      at += 1;
    } else if (character === '"') isQuoted = !isQuoted;
    else if (character === "," && !isQuoted) {
      cells.push(cell.trim());
      cell = "";
    } else cell += character;
  }
  return [...cells, cell.trim()];
}

export function readTable(lines: readonly string[]): Table {
  const [header = "", ...body] = lines.filter((line) => line.trim() !== "");
  return { columns: splitLine(header), rows: body.map(splitLine) };
}

function numbersOf({ rows }: Table, column: number): readonly number[] {
  return rows.flatMap((row) => {
    const cell = row[column] ?? "";
    const value = Number(cell.replace(/^[$€£]/, ""));
    return cell === "" || Number.isNaN(value) ? [] : [value];
  });
}

/** Of the columns that hold numbers nearly everywhere and are no keys. */
export function numberFigures(table: Table): readonly NumberFigures[] {
  return table.columns.flatMap((column, index) => {
    const values = numbersOf(table, index);
    if (ID_LIKE.test(column) || values.length === 0 || values.length < table.rows.length * 0.9) return [];
    const sum = values.reduce((total, value) => total + value, 0);
    const min = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
    const max = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    return [{ column, count: values.length, sum, min, max }];
  });
}

/** The number that a report would be about. */
export function measureOf(figures: readonly NumberFigures[]): NumberFigures | undefined {
  return figures.find(({ column }) => MEASURE_LIKE.test(column)) ?? figures.at(-1);
}

/** The first column whose values repeat: what the rows can be grouped by. */
export function groupColumn({ columns, rows }: Table): number | undefined {
  const found = columns.findIndex((_, index) => {
    const values = rows.map((row) => row[index] ?? "");
    const distinct = new Set(values);
    const isText = values.some((value) => value !== "" && Number.isNaN(Number(value)) && !DATE_LIKE.test(value));
    return isText && distinct.size > 1 && distinct.size <= Math.min(MOST_GROUPS, rows.length * 0.8);
  });
  return found < 0 ? undefined : found;
}

/** The groups, the one with the most rows first. */
export function groupFigures(table: Table, column: number, measure: string | undefined): readonly GroupFigures[] {
  const at = measure === undefined ? -1 : table.columns.indexOf(measure);
  const groups = new Map<string, { count: number; sum: number }>();
  for (const row of table.rows) {
    const name = row[column] ?? "";
    const group = groups.get(name) ?? { count: 0, sum: 0 };
    const value = Number((row[at] ?? "").replace(/^[$€£]/, ""));
    groups.set(name, { count: group.count + 1, sum: group.sum + (Number.isNaN(value) ? 0 : value) });
  }
  return [...groups].map(([name, group]) => ({ name, ...group })).toSorted((one, other) => other.count - one.count);
}
