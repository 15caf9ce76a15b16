/** Files: take them, give them back, ask who has them, be told when they are free. */
import type { SessionId } from "../../../core/ids.ts";
import { minutesLeft, WAIT_TOOL } from "../../../core/team/hold-text.ts";
import { RESERVATION_TTL_MS } from "../../../core/team/reservation.ts";
import type { TreeReport } from "../../../core/team/hook-event.ts";
import type { CheckReservations } from "../check-reservations.ts";
import type { ListReservations } from "../list-reservations.ts";
import type { ReleaseReservations } from "../release-reservations.ts";
import type { TakeReservations } from "../take-reservations.ts";
import type { WaitForReservations } from "../wait-for-reservations.ts";
import { object, said, textField, textsField } from "./team-tool.ts";
import type { SayRefusal, TeamCaller, TeamTool, ToolInput } from "./team-tool.ts";

export interface FileToolsDeps {
  readonly take: TakeReservations;
  readonly release: ReleaseReservations;
  readonly check: CheckReservations;
  readonly list: ListReservations;
  readonly waitFor: WaitForReservations;
  readonly sayRefusal: SayRefusal;
  readonly now: () => number;
}

const MINUTE_MS = 60_000;
const MOST_LISTED = 100;

const paths = textsField("Paths relative to the top of the repository, or absolute; a directory ends in a slash");
const repository = textField("The repository, by its URL; left out: the one that you work in");

/** What the caller said of its own working tree, where it said any. */
export type ReportOf = (caller: TeamCaller) => TreeReport | undefined;

export function makeFileTools(deps: FileToolsDeps, reportOf: ReportOf): readonly TeamTool[] {
  return [
    reserveTool(deps, reportOf),
    releaseTool(deps, reportOf),
    whoHoldsTool(deps, reportOf),
    waitTool(deps, reportOf),
  ];
}

function asked(caller: TeamCaller, input: ToolInput, reportOf: ReportOf) {
  const name = input.optionalText("repository");
  const report = name === undefined ? reportOf(caller) : undefined;
  return {
    paths: input.texts("paths"),
    ...(name === undefined ? {} : { repository: name }),
    ...(report === undefined ? {} : { report }),
  };
}

function reserveTool({ take, sayRefusal }: FileToolsDeps, reportOf: ReportOf): TeamTool {
  return {
    name: "reserve",
    title: "Reserve files",
    description:
      "Reserve files or directories before you edit them, so that no other agent writes them meanwhile. All of them are " +
      "taken or none; if somebody else has one, you are told who, for which task and for how long.",
    parameters: object(
      {
        paths,
        minutes: {
          type: "number",
          description: "How long, from the last edit on; 10 unless you say more, 120 at most",
        },
        shared: { type: "boolean", description: "Others may hold them shared, too; nobody may write them alone" },
        repository,
      },
      ["paths"],
    ),
    isReadonly: false,
    async run(caller, input) {
      const minutes = input.integer("minutes", { least: 1, most: 120, absent: RESERVATION_TTL_MS / MINUTE_MS });
      const command = asked(caller, input, reportOf);
      const mode = input.flag("shared") ? ("shared" as const) : ("exclusive" as const);
      const taken = await take(caller.principal, await caller.sessionId(), {
        ...command,
        mode,
        ttlMs: minutes * MINUTE_MS,
      });
      if (!taken.ok) return { text: sayRefusal(taken.refusal), isError: true };
      const lines = taken.value.reservations.map(({ path }) => `- ${path.path}`);
      const others = taken.value.warnings.length === 0 ? "" : "\nSomebody works on some of them on another branch.";
      return said(`Reserved for ${minutes} minutes:\n${lines.join("\n")}${others}`);
    },
  };
}

function releaseTool({ release, sayRefusal }: FileToolsDeps, reportOf: ReportOf): TeamTool {
  return {
    name: "release",
    title: "Release files",
    description:
      "Give back files that you have reserved, as soon as you are done with them; without paths, all of them.",
    parameters: object({ paths, repository }),
    isReadonly: false,
    async run(caller, input) {
      if (caller.knownSessionId === null) return said("You have reserved nothing.");
      const command = asked(caller, input, reportOf);
      const what = command.paths.length === 0 ? {} : { paths: command };
      const released = await release.of(caller.principal, caller.knownSessionId, what);
      if (!released.ok) return { text: sayRefusal(released.refusal), isError: true };
      const names = released.value.map(({ path }) => path.path);
      return said(names.length === 0 ? "You held none of them." : `Released: ${names.join(", ")}`);
    },
  };
}

function whoHoldsTool(deps: FileToolsDeps, reportOf: ReportOf): TeamTool {
  return {
    name: "who_holds",
    title: "Who holds files",
    description: "Who has reserved these files, or, without paths, all reservations of the team. Takes nothing.",
    parameters: object({ paths, repository }),
    isReadonly: true,
    async run(caller, input) {
      const command = asked(caller, input, reportOf);
      if (command.paths.length === 0) return said(await listAll(deps, caller));
      const own = caller.knownSessionId === null ? {} : { sessionId: caller.knownSessionId };
      const checked = await deps.check(caller.principal, { ...command, ...own });
      if (!checked.ok) return { text: deps.sayRefusal(checked.refusal), isError: true };
      return said(checked.value.paths.map(({ path, message }) => `- ${path}: ${message ?? "free"}`).join("\n"));
    },
  };
}

async function listAll({ list, now }: FileToolsDeps, { principal, knownSessionId }: TeamCaller): Promise<string> {
  const { reservations, next } = await list(principal, { limit: MOST_LISTED });
  if (reservations.length === 0) return "Nobody has reserved anything.";
  const lines = reservations.map(({ reservation, holder }) => {
    const who = isOwn(reservation.sessionId, knownSessionId)
      ? "you"
      : `${holder?.name ?? "Somebody"} (${holder?.agent ?? "an agent"})`;
    const task = holder?.task === null || holder?.task === undefined ? "" : ` — '${holder.task}'`;
    return `- ${reservation.path.path}: ${who}${task} (${minutesLeft(reservation, now())})`;
  });
  return [...lines, ...(next === null ? [] : ["- and more"])].join("\n");
}

function isOwn(holder: SessionId, own: SessionId | null): boolean {
  return holder === own;
}

function waitTool({ waitFor, sayRefusal }: FileToolsDeps, reportOf: ReportOf): TeamTool {
  return {
    name: WAIT_TOOL,
    title: "Ask to be told when files are free",
    description:
      "Ask to be told when files that somebody else has reserved are free. It returns at once: go on with something " +
      "else, and you are told with your next prompt or tool call.",
    parameters: object({ paths, repository }, ["paths"]),
    isReadonly: false,
    async run(caller, input) {
      const command = asked(caller, input, reportOf);
      const waiting = await waitFor(caller.principal, await caller.sessionId(), command);
      if (!waiting.ok) return { text: sayRefusal(waiting.refusal), isError: true };
      const { waitingFor, free } = waiting.value;
      const lines = [
        ...(waitingFor.length === 0 ? [] : [`You will be told when these are free: ${waitingFor.join(", ")}`]),
        ...(free.length === 0 ? [] : [`Free already: ${free.join(", ")}`]),
      ];
      return said(lines.join("\n"));
    },
  };
}
