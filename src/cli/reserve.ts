/** `serai reserve`, `serai release`: what a person holds against the agents, or an agent's session through them. */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { Option } from "commander";
import { SeraiError } from "../client/errors.ts";
import type { Reservation } from "../client/team-shapes.ts";
import { BY_HAND, openHere } from "./by-hand.ts";
import type { HereFlags } from "./by-hand.ts";
import { CommandFault, UsageFault } from "./faults.ts";
import { minutesLeft } from "./figures.ts";
import { act } from "./invocation.ts";
import type { CommandSite, Invocation } from "./invocation.ts";
import { wholeNumber } from "./options.ts";
import { plainLine } from "./screen.ts";
import type { Screen } from "./screen.ts";

const MINUTE_MS = 60_000;
const LONGEST_MINUTES = 120;
const USUAL_MINUTES = 30;

interface ReserveFlags extends HereFlags {
  readonly for?: number;
  readonly shared?: boolean;
  readonly task?: string;
}

interface ReleaseFlags extends HereFlags {
  readonly all?: boolean;
  readonly force?: string;
}

export function addReserve(program: Command, site: CommandSite): void {
  const reserve = program
    .command("reserve")
    .description("Keep agents from writing files: all of them, or none if somebody has one")
    .argument("<path...>", "files or directories in this repository")
    .addOption(
      new Option("--for <minutes>", "how long").argParser(wholeNumber(1, LONGEST_MINUTES)).default(USUAL_MINUTES),
    )
    .option("--shared", "others may hold them shared, too; nobody may write them alone")
    .option("--task <text>", "what the others are told that you are doing")
    .option("--session <id>", "for this session (an id, or last)")
    .addHelpText("after", `\n${BY_HAND}\n`);
  act<ReserveFlags>(reserve, site, takePaths);
  const release = program
    .command("release")
    .description("Give back what you hold")
    .argument("[path...]", "files or directories in this repository")
    .option("--all", "everything that you hold in this working tree")
    .option("--force <reservation>", "take this one away from whoever holds it (owners; anybody once it is silent)")
    .option("--session <id>", "of this session (an id, or last)")
    .addHelpText("after", `\n${BY_HAND}\n`);
  act<ReleaseFlags>(release, site, givePathsBack);
}

async function takePaths(call: Invocation<ReserveFlags>): Promise<void> {
  const { serai, flags, args, shell } = call;
  const { sessionId, place } = await openHere(call, flags.task);
  const how = { ...place, mode: flags.shared === true ? "shared" : "exclusive" } as const;
  const paths = args.map((path) => asDirectory(path, shell.cwd));
  const ttlMs = (flags.for ?? USUAL_MINUTES) * MINUTE_MS;
  const taken = await told(() => serai.reservations.take(sessionId, paths, { ...how, ttlMs }));
  call.show(taken, (screen) => heldText(taken.data, screen, shell.now()));
  for (const warning of taken.warnings)
    shell.screen.note(`${shell.screen.paintNote("yellow", "!")} ${plainLine(warning)}`);
}

/** A directory is meant as one whether or not the slash was typed. */
function asDirectory(path: string, cwd: string): string {
  if (path.endsWith("/")) return path;
  return statSync(resolve(cwd, path), { throwIfNoEntry: false })?.isDirectory() === true ? `${path}/` : path;
}

/** What the server says to agents speaks of their tools; people have other ways. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SeraiError) || error.code !== "reserved") throw error;
    const { message, holders } = error.problem ?? {};
    const sentence = typeof message === "string" ? message : error.message;
    throw new CommandFault(`${sentence}\n${waysOf(holders)}`);
  }
}

function waysOf(holders: unknown): string {
  const [first] = Array.isArray(holders) ? (holders as readonly { readonly reservation_id?: unknown }[]) : [];
  const id = typeof first?.reservation_id === "string" ? first.reservation_id : "RESERVATION";
  return `Nothing was reserved. See serai who; an owner can take it away with: serai release --force ${id}`;
}

async function givePathsBack(call: Invocation<ReleaseFlags>): Promise<void> {
  const { serai, flags, args, shell } = call;
  if (flags.force !== undefined) {
    if (args.length > 0 || flags.all === true) throw new UsageFault("--force takes one reservation and nothing else");
    const freed = await serai.reservations.force(flags.force);
    return call.show({ data: [freed] }, (screen) => freedText([freed], screen));
  }
  if (args.length === 0 && flags.all !== true) throw new UsageFault("Say which paths, or --all");
  if (args.length > 0 && flags.all === true) throw new UsageFault("Say which paths, or --all, and not both");
  const { sessionId, place } = await openHere(call);
  const paths = flags.all === true ? undefined : args.map((path) => asDirectory(path, shell.cwd));
  const data = await serai.reservations.release(sessionId, paths, place);
  call.show({ data }, (screen) => freedText(data, screen));
}

function heldText(rows: readonly Reservation[], { paintOut }: Screen, nowMs: number): string {
  return rows
    .map(({ path, expiresAt, id }) => {
      const left = `${minutesLeft(expiresAt, nowMs)} min`;
      return `${paintOut("green", "✓")} ${plainLine(path)}  ${paintOut("dim", `${left}  ${id}`)}\n`;
    })
    .join("");
}

function freedText(rows: readonly Reservation[], { paintOut }: Screen): string {
  if (rows.length === 0) return "You held none of it\n";
  return rows.map(({ path }) => `${paintOut("dim", "released")} ${plainLine(path)}\n`).join("");
}
