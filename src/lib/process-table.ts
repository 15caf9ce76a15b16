/**
 * The processes of this machine as they are now: whose child each is, which group and session it is in, when it began,
 * and whether it carries a mark in its environment. By /proc where there is one, by `ps` elsewhere.
 *
 * Invariant: a process that ended while it was looked at is left out; zombies are, too, for there is nothing to end.
 */
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Compared only for equality and order on the same machine; tells a number that was given out again. */
  readonly startedAt: number;
}

/** A variable that a process was started with, as `NAME=value`; its children have it, too. */
export type ProcessMark = string;

/** What a walk sees; `marks` are looked for only where one is asked for, because they cost a read for each process. */
export interface ProcessTable {
  readonly rows: readonly ProcessRow[];
  hasMark(pid: number, mark: ProcessMark): Promise<boolean>;
}

const run = promisify(execFile);

export async function readProcessTable(): Promise<ProcessTable> {
  return process.platform === "linux" ? readProc() : readPs();
}

async function readProc(): Promise<ProcessTable> {
  const names = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const rows = await Promise.all(names.map((name) => readStat(Number(name))));
  return { rows: rows.filter((row) => row !== undefined), hasMark: hasMarkInProc };
}

/** Nothing when there is no such process (any more). */
export async function readStat(pid: number): Promise<ProcessRow | undefined> {
  const text = await readGone(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseStat(pid, text);
}

/** The name may hold anything, brackets and spaces too; what follows the last bracket does not. */
export function parseStat(pid: number, text: string): ProcessRow | undefined {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z" || fields[0] === "X") return undefined;
  const [parent, group, session] = fields.slice(1, 4).map(Number);
  return { pid, parent: parent ?? 0, group: group ?? 0, session: session ?? 0, startedAt: Number(fields[19]) };
}

async function hasMarkInProc(pid: number, mark: ProcessMark): Promise<boolean> {
  const text = await readGone(`/proc/${pid}/environ`);
  return text !== undefined && `\0${text}`.includes(`\0${mark}\0`);
}

const GONE: ReadonlySet<string | undefined> = new Set(["ENOENT", "ESRCH", "EACCES", "EPERM"]);

/** Nothing for what ended meanwhile, and for what is another user's. */
async function readGone(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "latin1");
  } catch (cause) {
    if (GONE.has((cause as NodeJS.ErrnoException).code)) return undefined;
    throw cause;
  }
}

/** `lstart` has five words: Sun Nov 22 11:28:27 2026. */
const PS_ROW =
  /^\s*(?<pid>\d+)\s+(?<parent>\d+)\s+(?<group>\d+)\s+(?<session>\d+)\s+(?<state>\S+)\s+(?<start>\w{3}\s+\w{3}\s+\d+\s+[\d:]+\s+\d{4})\s?(?<rest>.*)$/;

/** Of systems without /proc, of which macOS is one: their `ps` shows the environment behind the command. */
async function readPs(): Promise<ProcessTable> {
  const args = ["axeww", "-o", "pid=,ppid=,pgid=,sess=,stat=,lstart=,command="];
  const { stdout } = await run("ps", args, {
    maxBuffer: 64 * 1024 * 1024,
    env: { PATH: "/bin:/usr/bin", LC_ALL: "C" },
  });
  const parsed = parsePs(stdout);
  const commands = new Map(parsed.map(({ row, rest }) => [row.pid, rest]));
  return {
    rows: parsed.map(({ row }) => row),
    hasMark: (pid, mark) => Promise.resolve(` ${commands.get(pid) ?? ""} `.includes(` ${mark} `)),
  };
}

export function parsePs(text: string): readonly { readonly row: ProcessRow; readonly rest: string }[] {
  return text.split("\n").flatMap((line) => {
    const found = PS_ROW.exec(line)?.groups;
    if (found === undefined || found["state"]?.startsWith("Z") === true) return [];
    const { pid, parent, group, session, start = "", rest = "" } = found;
    const startedAt = Date.parse(start);
    // macOS prints 0 for the session; the group stands for it.
    const row = { pid: Number(pid), parent: Number(parent), group: Number(group), session: Number(session), startedAt };
    return [{ row, rest }];
  });
}
