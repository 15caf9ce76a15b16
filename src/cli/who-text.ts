/** Who works on what, as a person reads it: a block for each, that fits the terminal however narrow it is. */
import { formatAge, minutesLeft } from "./figures.ts";
import { plainLine } from "./screen.ts";
import type { Screen } from "./screen.ts";
import { cutText, textWidth } from "./text-width.ts";
import type { HeldFile, WhoRow } from "./who-data.ts";

const MOST_FILES = 8;
const NOBODY = "Nobody is at work. Agents with hooks (serai hooks install) and sessions here are shown as they work.\n";

export function whoText(rows: readonly WhoRow[], screen: Screen, nowMs: number): string {
  if (rows.length === 0) return NOBODY;
  return rows.map((row) => blockText(row, screen, nowMs)).join("\n");
}

function blockText(row: WhoRow, screen: Screen, nowMs: number): string {
  const { paintOut } = screen;
  const [mark, style] =
    row.needs.length > 0 ? ["!", "yellow" as const] : row.isWorking ? ["●", "green" as const] : ["○", "dim" as const];
  const cut = (text: string, indent: number) => cutText(plainLine(text), (screen.columns ?? Infinity) - indent);
  const name = cut(row.userName ?? "Somebody", 2);
  const more = [row.agentName, row.branch ?? "", whenOf(row, nowMs)].filter((part) => part !== "").join(" · ");
  const head = cut(more, textWidth(name) + 5);
  const lines = [
    `${paintOut(style, mark)} ${paintOut("bold", name)}${head === "" ? "" : paintOut("dim", ` · ${head}`)}`,
    ...(row.task === null ? [] : [`  ${cut(row.task, 2)}`]),
    ...row.held.slice(0, MOST_FILES).map((file) => `  ${fileText(file, screen, nowMs)}`),
    ...(row.held.length > MOST_FILES ? [paintOut("dim", `  and ${row.held.length - MOST_FILES} more files`)] : []),
    ...(row.needs.length === 0 ? [] : [`  ${paintOut("yellow", cut(needText(row), 2))}`]),
  ];
  return `${lines.join("\n")}\n`;
}

function whenOf({ heardAt }: WhoRow, nowMs: number): string {
  return heardAt === null ? "silent" : formatAge(heardAt, nowMs);
}

function fileText(file: HeldFile, { paintOut, columns }: Screen, nowMs: number): string {
  const { path, mode } = file;
  const left = `${timeLeft(file, nowMs)}${mode === "shared" ? ", shared" : ""}`;
  const room = (columns ?? Infinity) - 2 - left.length - 2;
  return `${paintOut("cyan", cutStart(plainLine(path), Math.max(6, room)))}  ${paintOut("dim", left)}`;
}

function timeLeft({ expiresAt, openUntil }: HeldFile, nowMs: number): string {
  const isPast = Date.parse(expiresAt) <= nowMs;
  return isPast && openUntil !== null ? "until its tool call ends" : `${minutesLeft(expiresAt, nowMs)} min`;
}

/** Of a path the end says more. */
function cutStart(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let cut = text;
  while (cut !== "" && textWidth(cut) > width - 1) cut = cut.slice(1);
  return `…${cut.toWellFormed()}`;
}

const WAYS: Readonly<Record<string, string>> = {
  approval: "needs your word: serai approvals",
  answer: "asks you something",
  tool_results: "waits for its client",
  budget: "has used up its budget",
  conflict: "has a conflict to be resolved",
  ci: "waits for checks",
  sessions: "waits for sessions that it has started",
};

function needText({ needs }: WhoRow): string {
  return needs.map((need) => WAYS[need] ?? need).join("; ");
}
