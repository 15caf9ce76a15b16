/**
 * `serai run`: one message to one agent from start to end.
 *
 *   session ─▶ files up ─▶ message ─▶ turn, shown as it happens ─▶ files down ─▶ what it cost
 *
 * A session that this command has made and that has nothing more in it than what was shown goes to the trash when all
 * went well; with --keep, after a failure, with files that were not fetched, or with a working tree, it stays.
 */
import { resolve } from "node:path";
import { Option } from "commander";
import type { Command } from "commander";
import type { FileInfo, Session } from "../client/shapes.ts";
import { toWire } from "../client/wire-case.ts";
import { carryOut, exitCodeOf, summaryOf } from "./carry-out.ts";
import { formatBytes } from "./figures.ts";
import type { TurnOutcome } from "./follow-turn.ts";
import { act } from "./invocation.ts";
import type { CommandSite, Invocation } from "./invocation.ts";
import { changedFiles, download, openLocalFile, placeIn, readFileFlag, readVersions } from "./local-files.ts";
import type { LocalFile, Versions } from "./local-files.ts";
import { chosenPlace, findAgent, findModel, findSession } from "./lookup.ts";
import { readMessage } from "./message-text.ts";
import { collect } from "./options.ts";
import { plainLine } from "./screen.ts";

interface RunFlags {
  readonly agent?: string;
  readonly harness?: string;
  readonly project?: string;
  readonly model?: string;
  readonly file?: readonly string[];
  readonly out?: string;
  readonly keep?: boolean;
  readonly session?: string;
}

const EXAMPLES = `
Examples:
  $ serai run "What time is it in Samarkand?"
  $ serai run "Analyse /sales.csv and write a report to /report.md" --file sales.csv --out .
  $ serai run --session last "And now as a table"
  $ git diff | serai run - --agent reviewer
  $ serai run "Hello" -o json | tail -1 | jq -r .text
`;

export function addRun(program: Command, site: CommandSite): void {
  const command = program
    .command("run")
    .description("Send one message, show the work as it happens, fetch the files it made")
    .argument("[message]", 'what to do; "-" or nothing reads it from standard input')
    .addOption(new Option("-a, --agent <name>", "who works: the name or id of an agent").conflicts("session"))
    .addOption(new Option("--harness <name>", "a program such as claude-code").conflicts(["agent", "session"]))
    .addOption(new Option("-p, --project <slug>", "in which project, in a checkout of its own").conflicts("session"))
    .option("-m, --model <name>", "with which model: its name or id")
    .option("-f, --file <path>", "put a file into the session (path or path=/place); repeatable", collect)
    .option("--out <folder>", "fetch new and changed files into this folder")
    .option("-s, --session <id>", "go on with this session instead of a new one (an id, or last)")
    .option("--keep", "keep the session when all went well")
    .addHelpText("after", EXAMPLES);
  act<RunFlags>(command, site, run);
}

interface Place {
  readonly sessionId: string;
  readonly isNew: boolean;
}

async function run(call: Invocation<RunFlags>): Promise<number> {
  const { flags, shell, args } = call;
  const files = (flags.file ?? []).map((text) => readFileFlag(text, shell.cwd));
  const text = await readMessage(args[0], shell);
  const modelId = flags.model === undefined ? undefined : await findModel(call.serai, flags.model);
  const place = await findPlace(call, modelId);
  await uploadAll(call, place, files);
  const before = await readVersions(call.serai, place.sessionId);
  const controls = place.isNew || modelId === undefined ? {} : { controls: { modelId } };
  const outcome = await carryOut(call, place.sessionId, { content: [{ type: "text", text }], ...controls });
  await finish(call, { place, outcome, before });
  return exitCodeOf(outcome);
}

async function findPlace({ serai, flags }: Invocation<RunFlags>, modelId: string | undefined): Promise<Place> {
  if (flags.session !== undefined) return { sessionId: await findSession(serai, flags.session), isNew: false };
  const { agent, project } = flags;
  const where = project === undefined ? {} : { projectId: project };
  const worker =
    agent === undefined ? await chosenPlace(serai, flags) : { ...where, agentId: await findAgent(serai, agent) };
  const session = await serai.sessions.create({ ...worker, ...(modelId === undefined ? {} : { modelId }) });
  return { sessionId: session.id, isNew: true };
}

async function uploadAll({ serai, screen }: Invocation, place: Place, files: readonly LocalFile[]): Promise<void> {
  for (const { source, path, sizeBytes } of files) {
    const words = `${plainLine(path)}  ${formatBytes(sizeBytes)}`;
    screen.live(screen.paintNote("dim", `↑ ${words}`));
    const { sessionFs } = serai;
    await (place.isNew ? sessionFs.upload : sessionFs.write)(place.sessionId, path, openLocalFile(source));
    screen.note(screen.paintNote("dim", `↑ ${words}`));
  }
}

interface Finished {
  readonly place: Place;
  readonly outcome: TurnOutcome;
  readonly before: Versions;
}

async function finish(call: Invocation<RunFlags>, { place, outcome, before }: Finished): Promise<void> {
  const { serai, screen, isJson } = call;
  const { sessionId } = place;
  // Whoever leaves at once waits for nothing more.
  const files = outcome.status === "left" ? [] : await changedFiles(serai, sessionId, before);
  const fetched = await fetchAll(call, sessionId, files);
  screen.note(summaryOf(outcome, screen));
  const session = outcome.status === "left" ? null : await serai.sessions.get(sessionId);
  const isTidy = outcome.status === "completed" && fetched.length === files.length && session?.checkout === null;
  const isKept = !place.isNew || call.flags.keep === true || !isTidy;
  if (!isKept) await serai.sessions.delete(sessionId);
  if (isJson) return screen.out(`${JSON.stringify(endLine({ outcome, sessionId, files, fetched, isKept }))}\n`);
  for (const line of [...workWords(session), ...lastWords({ sessionId, files, fetched, isKept })])
    screen.note(screen.paintNote("dim", `  ${line}`));
}

/** What the session's working tree has that its base has not, and what to do with it. */
function workWords(session: Session | null): readonly string[] {
  if (session === null || session.checkout === null) return [];
  const { id, checkout, delivery } = session;
  const isDirty = delivery?.dirty === true;
  const branch = plainLine(checkout.branch);
  if (!isDirty && (delivery?.ahead ?? 0) === 0) return [`no changes on ${branch}`];
  const how = isDirty ? " --commit" : "";
  const merge =
    checkout.base === null ? [] : [`merge it into ${plainLine(checkout.base)} with  serai merge ${id}${how}`];
  return [`changes on ${branch}; see them with  serai diff ${id}`, ...merge];
}

async function fetchAll(
  call: Invocation<RunFlags>,
  sessionId: string,
  files: readonly FileInfo[],
): Promise<readonly string[]> {
  const { serai, flags, screen, shell } = call;
  if (flags.out === undefined) return [];
  const fetched: string[] = [];
  for (const { path, sizeBytes } of files) {
    const target = placeIn(resolve(shell.cwd, flags.out), path);
    await download(serai, sessionId, { path, target });
    screen.note(screen.paintNote("dim", `↓ ${plainLine(target)}  ${formatBytes(sizeBytes)}`));
    fetched.push(target);
  }
  return fetched;
}

interface Ended {
  readonly sessionId: string;
  readonly files: readonly FileInfo[];
  readonly fetched: readonly string[];
  readonly isKept: boolean;
}

/** The last line of `-o json`; its type is not one of the log's. */
function endLine({ outcome, sessionId, files, fetched, isKept }: Ended & { readonly outcome: TurnOutcome }) {
  const { usage, ...rest } = outcome;
  return toWire({
    type: "run.ended",
    sessionId,
    ...rest,
    usage,
    files: files.map(({ path, sizeBytes }) => ({ path, sizeBytes })),
    fetched,
    isKept,
  });
}

function lastWords({ sessionId, files, fetched, isKept }: Ended): readonly string[] {
  const left = fetched.length === 0 ? files : [];
  const fetching = left.map(
    ({ path, sizeBytes }) =>
      `${plainLine(path)}  ${formatBytes(sizeBytes)}  serai files get ${sessionId} ${plainLine(path)}`,
  );
  const goOn = isKept
    ? `go on with  serai run --session ${sessionId} "…"`
    : `in the trash for 7 days; back with  serai sessions restore ${sessionId}`;
  return [...fetching, goOn];
}
