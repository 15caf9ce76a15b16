/** `serai feed`: what happened in all sessions, a line each, and with --follow what happens from now on. */
import type { Command } from "commander";
import type { FeedEvent } from "../client/team-shapes.ts";
import { act } from "./invocation.ts";
import type { CommandSite, Invocation } from "./invocation.ts";
import { findSession } from "./lookup.ts";
import { collect, wholeNumber } from "./options.ts";
import { plainLine } from "./screen.ts";
import type { Screen } from "./screen.ts";
import { cutText, padText } from "./text-width.ts";
import { toWire } from "../client/wire-case.ts";

interface FeedFlags {
  readonly follow?: boolean;
  readonly type?: readonly string[];
  readonly session?: string;
  readonly limit?: number;
}

export function addFeed(program: Command, site: CommandSite): void {
  const command = program
    .command("feed")
    .description("Show what happened in all sessions, oldest first")
    .option("--follow", "go on with what happens, until Ctrl-C")
    .option("-t, --type <type>", "only events of this type, such as reservation.denied; again for more", collect)
    .option("--session <id>", "only of this session (an id, or last)")
    .option("--limit <count>", "how many of the last ones", wholeNumber(1, 1_000), 20);
  act<FeedFlags>(command, site, showFeed);
}

async function showFeed(call: Invocation<FeedFlags>): Promise<void> {
  const { serai, flags, isJson, screen } = call;
  const filter = {
    ...(flags.type === undefined ? {} : { types: [...flags.type] }),
    ...(flags.session === undefined ? {} : { sessionId: await findSession(serai, flags.session) }),
  };
  const lines = await serai.feed.list({ ...filter, limit: flags.limit ?? 20 });
  if (flags.follow !== true) {
    return call.show({ data: lines }, (sheet) => lines.map((line) => lineText(line, sheet)).join(""));
  }
  const show = (line: FeedEvent) => screen.out(isJson ? `${JSON.stringify(toWire(line))}\n` : lineText(line, screen));
  for (const line of lines) show(line);
  await follow(call, { ...filter, ...(lines.length === 0 ? {} : { after: lines.at(-1)?.position ?? 0 }) }, show);
}

async function follow(
  { serai, shell, screen }: Invocation<FeedFlags>,
  filter: NonNullable<Parameters<Invocation["serai"]["feed"]["stream"]>[0]>,
  show: (line: FeedEvent) => void,
): Promise<void> {
  const leave = new AbortController();
  const release = shell.onInterrupt(() => leave.abort());
  const onConnection = ({ state }: { readonly state: string }) =>
    screen.live(state === "waiting" ? screen.paintNote("dim", "… waiting for the server") : null);
  try {
    for await (const line of serai.feed.stream({ ...filter, signal: leave.signal, onConnection })) show(line);
  } finally {
    screen.live(null);
    release();
  }
}

const TYPE_WIDTH = 22;

function lineText(line: FeedEvent, { paintOut, columns }: Screen): string {
  const { type, ts, sessionId } = line;
  const time = new Date(ts).toTimeString().slice(0, 8);
  const short = sessionId.slice(-6);
  const head = `${time}  ${padText(plainLine(type), TYPE_WIDTH)}  …${short}`;
  const words = plainLine(wordsOf(line));
  const room = columns === null ? Number.POSITIVE_INFINITY : columns - head.length - 2;
  const tail = room < 8 ? "" : cutText(words, room);
  return `${paintOut("dim", time)}  ${paintOut(styleOf(type), padText(plainLine(type), TYPE_WIDTH))}  ${paintOut("dim", `…${short}`)}${tail === "" ? "" : `  ${tail}`}\n`;
}

function styleOf(type: string): "red" | "yellow" | "green" | "cyan" {
  if (/\.(?:failed|killed|violated|faulted|exhausted)$/.test(type)) return "red";
  if (/\.(?:denied|requested|expired)$/.test(type)) return "yellow";
  return type.startsWith("reservation.") || type.startsWith("decision.") ? "green" : "cyan";
}

/** The first that says something, of what the types call it. */
const TELLING = ["reason", "error", "title", "paths", "branch", "status", "toolName", "prompt"] as const;

function wordsOf({ type, data }: FeedEvent): string {
  const fields = data as Readonly<Record<string, unknown>>;
  const order = type === "reservation.released" ? (["paths", ...TELLING] as const) : TELLING;
  for (const name of order) {
    const value = fields[name];
    if (typeof value === "string" && value !== "") return value;
    if (Array.isArray(value) && value.length > 0) return value.map(String).join(", ");
  }
  return "";
}
