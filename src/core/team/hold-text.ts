/**
 * What people and agents are told of those who stand in the way (R5). Agents act on these words: they say who, with
 * what, for which task, how long, and what to do instead. What others wrote (a task, a name) is quoted in one line.
 */
import type { Overlap, Reservation } from "./reservation.ts";

/** The tool with which an agent asks to be told when a path is free. */
export const WAIT_TOOL = "wait_for_files";

export interface Holder {
  /** The person. */
  readonly name: string;
  /** `Cursor`. */
  readonly agent: string;
  readonly task: string | null;
}

export interface Told {
  readonly overlap: Overlap;
  readonly holder: Holder;
}

const TASK_LENGTH = 120;
const NAME_LENGTH = 60;
const MOST_NAMED = 5;

/** The one sentence of the Enagrams page. */
export function briefDeny(told: readonly Told[], nowMs: number): string {
  return told
    .slice(0, MOST_NAMED)
    .map(({ overlap: { wished, reservation }, holder }) => {
      const who = oneLine(holder.name, NAME_LENGTH);
      return `File ${shown(wished.path)} is reserved by ${who}${taskOf(holder)} (${minutesLeft(reservation, nowMs)})`;
    })
    .join("; ");
}

/** For the agent: with the way out. */
export function longDeny(told: readonly Told[], nowMs: number): string {
  const sentences = told.slice(0, MOST_NAMED).map(({ overlap: { wished, reservation }, holder }) => {
    const inside = reservation.path.isDirectory ? ` as part of ${shown(reservation.path.path)}` : "";
    const branch = reservation.branch === null ? "" : ` on branch ${shown(reservation.branch)}`;
    return (
      `File ${shown(wished.path)} is reserved${inside} by ${whoOf(holder)}${branch}${taskOf(holder)} ` +
      `(${minutesLeft(reservation, nowMs)}).`
    );
  });
  const more = told.length > MOST_NAMED ? ` ${told.length - MOST_NAMED} more are reserved too.` : "";
  return (
    `${sentences.join(" ")}${more} Work on another file, or ask for it with Serai's tool ${WAIT_TOOL} ` +
    "and go on with something else until you are told; do not write it through the shell."
  );
}

/** Beside an allowed tool use: somebody works on the same on another branch. */
export function warning(told: readonly Told[], nowMs: number): string {
  return told
    .slice(0, MOST_NAMED)
    .map(({ overlap: { wished, reservation }, holder }) => {
      const branch = reservation.branch === null ? "in another working tree" : `on branch ${shown(reservation.branch)}`;
      return (
        `${shown(wished.path)} is also being worked on by ${whoOf(holder)} ${branch}${taskOf(holder)} ` +
        `(${minutesLeft(reservation, nowMs)}): expect a conflict when the branches are merged.`
      );
    })
    .join("\n");
}

/** Written all the same: for who wrote it, and for who holds it. */
export function violation(told: readonly Told[], writer: Holder) {
  const [first] = told;
  const paths = [...new Set(told.map(({ overlap }) => shown(overlap.wished.path)))].join(", ");
  const holder = first === undefined ? "somebody else" : whoOf(first.holder) + taskOf(first.holder);
  return {
    toWriter: `You have written ${paths}, which is reserved by ${holder}. Undo it unless you have agreed on it, and do not write it again.`,
    toHolder: `${paths}, which you have reserved, was written by ${whoOf(writer)}${taskOf(writer)}. Read it again before you go on.`,
  };
}

export function takenAway(paths: readonly string[], by: string): string {
  return `Your reservation of ${paths.map(shown).join(", ")} was released by ${oneLine(by, NAME_LENGTH)}. Read the files again before you write them.`;
}

export function minutesLeft(
  { expiresAt, openUntil }: Pick<Reservation, "expiresAt" | "openUntil">,
  nowMs: number,
): string {
  const leftMs = Date.parse(expiresAt) - nowMs;
  if (leftMs <= 0 && openUntil !== null) return "until its tool call ends";
  return `${Math.max(1, Math.ceil(leftMs / 60_000))} min remaining`;
}

function whoOf({ name, agent }: Holder): string {
  return `${oneLine(name, NAME_LENGTH)} (${agent})`;
}

function taskOf({ task }: Holder): string {
  const text = task === null ? "" : oneLine(task, TASK_LENGTH);
  return text === "" ? "" : ` — '${text}'`;
}

function shown(path: string): string {
  return oneLine(path, 300);
}

/** Words of ASCII with one space between them: nearly all names and paths are. */
const LINE = /^[!-~]*(?: [!-~]+)*$/;

function oneLine(text: string, length: number): string {
  if (text.length <= length && LINE.test(text)) return text;
  const line = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  return line.length > length
    ? `${line
        .slice(0, length - 1)
        .trimEnd()
        .toWellFormed()}…`
    : line;
}
