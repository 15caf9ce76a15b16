/** `serai who`: who works on what, and what needs a person; with --watch, as it changes. */
import { setTimeout as pause } from "node:timers/promises";
import type { Command } from "commander";
import { SeraiConnectionError, SeraiError } from "../client/errors.ts";
import { toWire } from "../client/wire-case.ts";
import { act } from "./invocation.ts";
import type { CommandSite, Invocation } from "./invocation.ts";
import { readWho } from "./who-data.ts";
import type { WhoRow } from "./who-data.ts";
import { whoText } from "./who-text.ts";

interface WhoFlags {
  readonly watch?: boolean;
}

export function addWho(program: Command, site: CommandSite): void {
  const command = program
    .command("who")
    .description("Show who works on what, which files they hold, and what needs you")
    .option("-w, --watch", "go on showing it as it changes, until Ctrl-C");
  act<WhoFlags>(command, site, showWho);
}

async function showWho(call: Invocation<WhoFlags>): Promise<void> {
  if (call.flags.watch === true) return watch(call);
  const rows = await readWho(call.serai);
  call.show({ data: rows }, (screen) => whoText(rows, screen, call.shell.now()));
}

/** So long at most until the minutes that are left are right again. */
const REDRAW_MS = 15_000;
/** What comes together is drawn together. */
const SETTLE_MS = 150;

async function watch(call: Invocation<WhoFlags>): Promise<void> {
  const leave = new AbortController();
  const release = call.shell.onInterrupt(() => leave.abort());
  const picture = openPicture(call);
  const changes = new Changes();
  const following = follow(call, changes, leave.signal);
  try {
    while (!leave.signal.aborted) {
      changes.seen();
      picture.draw(await look(call));
      await Promise.race([changes.next(), sleep(REDRAW_MS, leave.signal), following]);
      await sleep(SETTLE_MS, leave.signal);
    }
  } finally {
    leave.abort();
    picture.close();
    release();
    await following;
  }
}

type Seen = { readonly rows: readonly WhoRow[] } | { readonly fault: string };

async function look({ serai }: Invocation): Promise<Seen> {
  try {
    return { rows: await readWho(serai) };
  } catch (error) {
    const passes = error instanceof SeraiConnectionError || (error instanceof SeraiError && error.status >= 500);
    if (!passes) throw error;
    return { fault: error.message };
  }
}

async function follow({ serai }: Invocation, changes: Changes, signal: AbortSignal): Promise<void> {
  const onConnection = () => changes.tell();
  for (;;) {
    try {
      for await (const _ of serai.feed.stream({ signal, onConnection })) changes.tell();
    } catch (error) {
      // It cannot begin while the server is away; the stream itself reconnects.
      if (!(error instanceof SeraiConnectionError)) throw error;
      await sleep(1_000, signal);
    }
    if (signal.aborted) return;
  }
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

/** That something changed since it was last looked at. */
class Changes {
  #waiter = Promise.withResolvers<void>();

  tell(): void {
    this.#waiter.resolve();
  }

  seen(): void {
    this.#waiter = Promise.withResolvers<void>();
  }

  next(): Promise<void> {
    return this.#waiter.promise;
  }
}

interface Picture {
  draw(seen: Seen): void;
  close(): void;
}

/** In place on a terminal that can, else one below the other, and only where it differs. */
function openPicture({ screen, shell, isJson }: Invocation): Picture {
  const canMove = screen.isTerminal && shell.environment["TERM"] !== "dumb" && !isJson;
  let last = "";
  const show = (text: string) => {
    if (text === last) return;
    if (canMove) screen.out(`\u001B[H${text.replaceAll("\n", "\u001B[K\n")}\u001B[J`);
    else screen.out(last === "" || isJson ? text : `\n${text}`);
    last = text;
  };
  if (canMove) screen.out("\u001B[?1049h\u001B[?25l\u001B[2J");
  return {
    draw(seen) {
      if ("fault" in seen) return canMove ? show(`${screen.paintOut("yellow", seen.fault)}\n`) : undefined;
      if (isJson) return show(`${JSON.stringify(toWire({ data: seen.rows }))}\n`);
      const text = whoText(seen.rows, screen, shell.now());
      if (!canMove) return show(text);
      show(fitted(`${text}${screen.paintOut("dim", "Ctrl-C ends")}\n`, screen.rows));
    },
    close() {
      if (canMove) screen.out("\u001B[?25h\u001B[?1049l");
    },
  };
}

/** As much as the terminal has lines for, and how much more there is. */
function fitted(text: string, rows: number | null): string {
  const lines = text.trimEnd().split("\n");
  if (rows === null || lines.length < rows) return `${lines.join("\n")}\n`;
  return `${lines.slice(0, Math.max(1, rows - 2)).join("\n")}\n… ${lines.length - rows + 2} more lines\n`;
}
