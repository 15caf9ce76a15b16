/** Files: take them, give them back, ask who has them, be told when they are free. */
import { minutesLeft, WAIT_TOOL } from "../../../core/team/hold-text.ts";
import { MAX_RESERVATION_TTL_MS, RESERVATION_TTL_MS } from "../../../core/team/reservation.ts";
import type { ListedReservation } from "../list-reservations.ts";
import type { Reservations } from "../reservations.ts";
import { BadInput, refusedWith, said } from "./team-tool.ts";
import type { RunTeamTool, TeamCaller, ToolInput } from "./team-tool.ts";

export interface FileToolsDeps {
  readonly reservations: Pick<Reservations, "take" | "release" | "check" | "list" | "wait">;
  readonly now: () => number;
}

const MINUTE_MS = 60_000;
const MOST_LISTED = 100;
const LONGEST_MINUTES = MAX_RESERVATION_TTL_MS / MINUTE_MS;
const MINUTES = { least: 1, most: LONGEST_MINUTES, absent: RESERVATION_TTL_MS / MINUTE_MS };

export function makeFileTools(deps: FileToolsDeps) {
  return {
    reserve: makeReserve(deps),
    release: makeRelease(deps),
    who_holds: makeWhoHolds(deps),
    [WAIT_TOOL]: makeWait(deps),
  };
}

/** A repository that is named counts before the tree that the caller works in. */
function asked({ report }: TeamCaller, input: ToolInput) {
  const name = input.optionalText("repository");
  return {
    paths: input.texts("paths"),
    ...(name === undefined ? {} : { repository: name }),
    ...(name !== undefined || report === undefined ? {} : { report }),
  };
}

function makeReserve({ reservations }: FileToolsDeps): RunTeamTool {
  return async (caller, input) => {
    const minutes = input.integer("minutes", MINUTES);
    const mode = input.flag("shared") ? ("shared" as const) : ("exclusive" as const);
    const command = { ...asked(caller, input), paths: input.someTexts("paths"), mode, ttlMs: minutes * MINUTE_MS };
    const taken = await reservations.take(caller.principal, await caller.sessionId(), command);
    if (!taken.ok) return refusedWith(taken.refusal);
    const { listed, warnings } = taken.value;
    const lines = listed.map(({ reservation: { path } }) => `- ${path.path}`);
    return said([`Reserved for ${minutes} minutes:`, ...lines, ...warnings].join("\n"));
  };
}

function makeRelease({ reservations }: FileToolsDeps): RunTeamTool {
  return async (caller, input) => {
    const command = asked(caller, input);
    if (caller.unclear !== undefined) throw new BadInput(caller.unclear);
    if (caller.knownSessionId === null) return said("You hold nothing that could be released.");
    const what = command.paths.length === 0 ? {} : { paths: command };
    const released = await reservations.release(caller.principal, caller.knownSessionId, what);
    if (!released.ok) return refusedWith(released.refusal);
    const names = released.value.map(({ reservation: { path } }) => path.path);
    return said(names.length === 0 ? "You held none of them." : `Released: ${names.join(", ")}`);
  };
}

function makeWhoHolds(deps: FileToolsDeps): RunTeamTool {
  return async (caller, input) => {
    const command = asked(caller, input);
    if (command.paths.length === 0) return said(await listAll(deps, caller));
    const own = caller.knownSessionId === null ? {} : { sessionId: caller.knownSessionId };
    const checked = await deps.reservations.check(caller.principal, { ...command, ...own });
    if (!checked.ok) return refusedWith(checked.refusal);
    return said(checked.value.paths.map(({ path, message }) => `- ${path}: ${message ?? "free"}`).join("\n"));
  };
}

async function listAll({ reservations, now }: FileToolsDeps, caller: TeamCaller): Promise<string> {
  const page = await reservations.list(caller.principal, { limit: MOST_LISTED });
  if (page.reservations.length === 0) return "Nobody has reserved anything.";
  const lines = page.reservations.map((listed) => `- ${shownHold(listed, caller, now())}`);
  return [...lines, ...(page.next === null ? [] : ["- and more"])].join("\n");
}

function shownHold({ reservation, holder }: ListedReservation, caller: TeamCaller, nowMs: number): string {
  const isOwn = reservation.sessionId === caller.knownSessionId;
  const who = isOwn ? "you" : `${holder?.name ?? "Somebody"} (${holder?.agent ?? "an agent"})`;
  const task = holder?.task === null || holder?.task === undefined ? "" : ` — '${holder.task}'`;
  return `${reservation.path.path}: ${who}${task} (${minutesLeft(reservation, nowMs)})`;
}

function makeWait({ reservations }: FileToolsDeps): RunTeamTool {
  return async (caller, input) => {
    const command = { ...asked(caller, input), paths: input.someTexts("paths") };
    const waiting = await reservations.wait(caller.principal, await caller.sessionId(), command);
    if (!waiting.ok) return refusedWith(waiting.refusal);
    const { waitingFor, free } = waiting.value;
    const lines = [
      ...(waitingFor.length === 0 ? [] : [`You will be told when these are free: ${waitingFor.join(", ")}`]),
      ...(free.length === 0 ? [] : [`Free already: ${free.join(", ")}`]),
    ];
    return said(lines.join("\n"));
  };
}
