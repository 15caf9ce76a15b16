/**
 * The scripted model's one trick: asked about a CSV file, it works through it with the session's own file tools, as a
 * model would, and writes a report. What it does next follows from what the tools have said so far; no figure in the
 * report comes from anywhere else.
 *
 *   list ─▶ read the head ─▶ search, read the rest ─▶ (read on …) ─▶ write report.md ─▶ summary
 */
import type { LanguageModelV4CallOptions } from "@ai-sdk/provider";
import { groupColumn, groupFigures, readTable } from "./csv-table.ts";
import type { Table } from "./csv-table.ts";
import { writeReport } from "./csv-report.ts";
import type { ScriptStep } from "./script.ts";
import { readRequest } from "./tool-record.ts";
import type { Request, ToolUse } from "./tool-record.ts";

const NEEDED = ["read_file", "grep_files", "write_file"] as const;
const HEAD_LINES = 20;
const MOST_PAGES = 20;
const REPORT_PATH = "/report.md";
/** Slow enough to be seen. */
const PACE_MS = 15;

type Call = NonNullable<ScriptStep["tools"]>[number];

function say(text: string, ...tools: Call[]): ScriptStep {
  return { text, chunkDelayMs: PACE_MS, ...(tools.length === 0 ? {} : { tools }) };
}

export function analyseCsv({ prompt, tools }: LanguageModelV4CallOptions): ScriptStep | undefined {
  const names = new Set((tools ?? []).map(({ name }) => name));
  const request = readRequest(prompt);
  if (request === undefined || !NEEDED.every((name) => names.has(name)) || !/\bcsv\b/i.test(request.text))
    return undefined;
  const failed = request.uses.find(({ isError }) => isError);
  if (failed !== undefined) return say(`I had to stop: ${failed.name} answered "${failed.output}"`);
  return findFile(request, names.has("list_directory"));
}

function findFile(request: Request, canList: boolean): ScriptStep {
  const listing = request.uses.find(({ name }) => name === "list_directory");
  if (listing === undefined && canList) {
    return say("I will look at which files there are.", { name: "list_directory", input: { path: "/" } });
  }
  const named = /(?:^|[\s"'`(])(\/?[\w./-]+\.csv)\b/i.exec(request.text)?.[1];
  const listed = listing?.output.split("\n").map((line) => line.split("\t")[0] ?? "");
  const name = named ?? listed?.find((line) => line.toLowerCase().endsWith(".csv"));
  if (name === undefined) return say("There is no CSV file in this session. Upload one and ask me again.");
  return readHead(request, name.startsWith("/") ? name : `/${name}`);
}

function readHead(request: Request, path: string): ScriptStep {
  const head = request.uses.find(({ name, input }) => name === "read_file" && input.limit === HEAD_LINES);
  if (head === undefined) {
    return say(`I will read the first lines of ${path}.`, { name: "read_file", input: { path, limit: HEAD_LINES } });
  }
  const table = readTable(linesOf(head));
  const value = commonValue(table);
  const search =
    value === undefined ? [] : [{ name: "grep_files", input: { pattern: escape(value), path_pattern: path } }];
  const pages = request.uses.filter(({ name, input }) => name === "read_file" && input.limit === undefined);
  if (pages.length === 0) {
    const looking = value === undefined ? "" : ` and count the lines with "${value}"`;
    const columns = table.columns.join(", ");
    return say(`The columns are ${columns}. I will read the whole file${looking}.`, ...search, pageCall(path, 1));
  }
  return readOn({ request, path, pages });
}

function pageCall(path: string, offset: number): Call {
  return { name: "read_file", input: { path, offset } };
}

interface Reading {
  readonly request: Request;
  readonly path: string;
  readonly pages: readonly ToolUse[];
}

function readOn(reading: Reading): ScriptStep {
  const { path, pages } = reading;
  const next = /read on with offset=(\d+)\]\s*$/.exec(pages.at(-1)?.output ?? "")?.[1];
  if (next !== undefined && pages.length < MOST_PAGES) return say("I will read on.", pageCall(path, Number(next)));
  return report(reading, next !== undefined);
}

function report({ request, path, pages }: Reading, isPartial: boolean): ScriptStep {
  const search = request.uses.find(({ name }) => name === "grep_files");
  const matches = search?.output.split("\n").filter((line) => line.startsWith(`${path}:`)).length ?? 0;
  const searched =
    search === undefined
      ? undefined
      : { pattern: String(search.input.pattern), count: matches, isCapped: /only the first/.test(search.output) };
  const { markdown, summary } = writeReport({ path, table: readTable(pages.flatMap(linesOf)), isPartial, searched });
  if (!request.uses.some(({ name }) => name === "write_file")) {
    return say("I have the figures and will write the report.", {
      name: "write_file",
      input: { path: REPORT_PATH, content: markdown },
    });
  }
  return say(`${summary} The report is in ${REPORT_PATH}.`);
}

/** The lines of the file: without the number in front of each, and without the reader's own last line. */
function linesOf({ output }: ToolUse): readonly string[] {
  return output.split("\n").flatMap((line) => {
    const text = /^\d+\t(.*)$/.exec(line.replace(/\r$/, ""))?.[1];
    return text === undefined ? [] : [text];
  });
}

function commonValue(table: Table): string | undefined {
  const column = groupColumn(table);
  return column === undefined ? undefined : groupFigures(table, column, undefined)[0]?.name;
}

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
