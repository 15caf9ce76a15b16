/** `serai sessions …`: make, list, look, watch, cancel, delete, restore. */
import type { Command } from "commander";
import { Option } from "commander";
import type { Session, SessionStatus } from "../client/shapes.ts";
import { formatAge, formatCount, formatUsd } from "./figures.ts";
import { act, argument } from "./invocation.ts";
import type { CommandSite, Invocation } from "./invocation.ts";
import { chosenPlace, findAgent, findModel, findSession } from "./lookup.ts";
import { collect, wholeNumber } from "./options.ts";
import type { Screen } from "./screen.ts";
import { formatFacts, formatTable } from "./table.ts";
import { addWatch } from "./watch.ts";

const EXAMPLES = `
Examples:
  $ serai sessions list --status active
  $ serai sessions create --agent assistant --title "Q1 Sales Analysis"
  $ serai sessions watch last
  $ serai sessions list -o json | jq -r '.data[].id'
`;

export function addSessions(program: Command, site: CommandSite): void {
  const sessions = program
    .command("sessions")
    .description("Sessions: what agents are at work on")
    .addHelpText("after", EXAMPLES);
  addCreate(sessions, site);
  addList(sessions, site);
  addGet(sessions, site);
  addWatch(sessions, site);
  addEnds(sessions, site);
}

interface CreateFlags {
  readonly agent?: string;
  readonly harness?: string;
  readonly project?: string;
  readonly branch?: string;
  readonly title?: string;
  readonly tag?: readonly string[];
  readonly model?: string;
}

function addCreate(sessions: Command, site: CommandSite): void {
  const command = sessions
    .command("create")
    .description("Make a session; its id is the output")
    .option("-a, --agent <name>", "who works: the name or id of an agent")
    .addOption(new Option("--harness <name>", "a program such as claude-code, or a harness's id").conflicts("agent"))
    .option("-p, --project <slug>", "in which project, in a checkout of its own")
    .option("-b, --branch <name>", "on which branch, instead of one made of the title")
    .option("-t, --title <text>", "what it is about")
    .option("--tag <word>", "for finding it again; repeatable", collect)
    .option("-m, --model <name>", "with which model: its name or id");
  act<CreateFlags>(command, site, async ({ serai, flags, show, screen, isJson }) => {
    const { agent, title, tag, model, branch } = flags;
    const worker = agent === undefined ? undefined : { agentId: await findAgent(serai, agent) };
    const chosen = worker ?? (await chosenPlace(serai, flags));
    const session = await serai.sessions.create({
      ...chosen,
      ...(title === undefined ? {} : { title }),
      ...(branch === undefined ? {} : { branchName: branch }),
      ...(tag === undefined ? {} : { tags: tag }),
      ...(model === undefined ? {} : { modelId: await findModel(serai, model) }),
    });
    show(session, () => `${session.id}\n`);
    if (!isJson) screen.note(screen.paintNote("dim", `  next  serai run --session ${session.id} "…"`));
  });
}

interface ListFlags {
  readonly status?: SessionStatus;
  readonly agent?: string;
  readonly tag?: readonly string[];
  readonly project?: string;
  readonly search?: string;
  readonly limit: number;
}

function addList(sessions: Command, site: CommandSite): void {
  const statuses = ["idle", "active", "completed", "failed", "killed"];
  const command = sessions
    .command("list")
    .description("List sessions, the most recently active first")
    .addOption(new Option("--status <word>", "only those").choices(statuses))
    .option("-a, --agent <name>", "only those of this agent")
    .option("-p, --project <slug>", "only those of this project")
    .option("--tag <word>", "only those with this tag; repeatable", collect)
    .option("--search <text>", "only those with this in the title")
    .option("-n, --limit <number>", "how many at most (1 to 100)", wholeNumber(1, 100), 20);
  act<ListFlags>(command, site, async ({ serai, flags, show, shell }) => {
    const { status, agent, project, tag, search, limit } = flags;
    const page = await serai.sessions.list({
      order: "last_activity",
      limit,
      ...(status === undefined ? {} : { status }),
      ...(agent === undefined ? {} : { agentId: await findAgent(serai, agent) }),
      ...(project === undefined ? {} : { projectId: (await serai.projects.get(project)).id }),
      ...(tag === undefined ? {} : { tags: tag }),
      ...(search === undefined ? {} : { search }),
    });
    show(page, (screen) => listText(page.data, screen, shell.now()) + moreText(page.total - page.data.length, screen));
  });
}

/** An active session says what it needs, an idle one what holds it; both, when nothing confines their agent. */
function statusText({ status, needs, hold, isolation, activity }: Session): string {
  const why = needs.length > 0 ? needs.join(", ") : hold === null ? "" : `held by ${hold}`;
  const isOpen = isolation === "none" && activity !== "exited";
  const said = [why, isOpen ? "isolation: none" : ""].filter((words) => words !== "");
  return said.length === 0 ? status : `${status} (${said.join("; ")})`;
}

function listText(sessions: readonly Session[], screen: Screen, nowMs: number): string {
  if (sessions.length === 0) return 'No sessions; make one with: serai run "…"\n';
  const columns = [
    { title: "ID" },
    { title: "STATUS" },
    { title: "TITLE", isFlexible: true },
    { title: "MESSAGES", align: "right" },
    { title: "LAST ACTIVE" },
  ] as const;
  const rows = sessions.map((session) => [
    session.id,
    statusText(session),
    session.title ?? session.preview ?? "",
    formatCount(session.messageCount),
    formatAge(session.lastActiveAt, nowMs),
  ]);
  return formatTable(columns, rows, screen);
}

function moreText(count: number, screen: Screen): string {
  return count > 0 ? `${screen.paintOut("dim", `and ${formatCount(count)} more; see --limit and --search`)}\n` : "";
}

function addGet(sessions: Command, site: CommandSite): void {
  const command = sessions
    .command("get")
    .description("Show what is known of a session")
    .argument("<session>", "its id, or last");
  act(command, site, async (call) => {
    const session = await call.serai.sessions.get(await findSession(call.serai, argument(call, 0)));
    call.show(session, (screen) => factsText(session, screen, call.shell.now()));
  });
}

function factsText(session: Session, screen: Screen, nowMs: number): string {
  const { usage } = session;
  const tokens =
    usage === null ? null : `${formatCount(usage.inputTokens)} in + ${formatCount(usage.outputTokens)} out`;
  return formatFacts(
    [
      ["id", session.id],
      ["status", statusText(session)],
      ["activity", session.activity],
      ["title", session.title],
      ["tags", session.tags.join(", ")],
      ["agent", session.agentId],
      ["harness", session.harness],
      ["model", session.modelId],
      ["project", session.projectId],
      ["branch", session.checkout?.branch ?? session.branchName],
      ["checkout", session.checkout?.path ?? null],
      ["work", workText(session)],
      ["isolation", session.isolation],
      ["turns", formatCount(session.turnCount)],
      ["messages", formatCount(session.messageCount)],
      ["queued", session.queuedCount === 0 ? null : formatCount(session.queuedCount)],
      ["tokens", tokens],
      ["cost", usage?.costUsd === undefined ? null : formatUsd(usage.costUsd)],
      ["stopped by", session.stopReason],
      ["last active", formatAge(session.lastActiveAt, nowMs)],
      ["created", session.createdAt],
      ["asked", session.preview],
      ["answered", session.outputPreview],
    ],
    screen,
  );
}

/** How far its branch is from where it began, and what became of it. */
function workText({ delivery }: Session): string | null {
  if (delivery === null) return null;
  const { dirty, ahead, behind, mergedAt, pr } = delivery;
  const isMerged = mergedAt !== null;
  const parts = [
    isMerged ? "merged" : null,
    isMerged || (ahead ?? 0) === 0 ? null : `${formatCount(ahead ?? 0)} ahead`,
    isMerged || (behind ?? 0) === 0 ? null : `${formatCount(behind ?? 0)} behind`,
    dirty === true ? "not all committed" : null,
    pr?.url ?? null,
  ].filter((part) => part !== null);
  return parts.length === 0 ? "no changes" : parts.join(", ");
}

function addEnds(sessions: Command, site: CommandSite): void {
  const id = ["<session>", "its id, or last"] as const;
  const cancel = sessions
    .command("cancel")
    .description("Cancel the running turn")
    .argument(...id);
  cancel.option("--clear", "drop the messages that wait, too");
  act<{ readonly clear?: boolean }>(cancel, site, async (call) => {
    const sessionId = await findSession(call.serai, argument(call, 0));
    const answer = await call.serai.sessions.cancel(sessionId, { queue: call.flags.clear === true ? "clear" : "keep" });
    call.show(answer, () => `${answer.message}\n`);
  });
  const remove = sessions
    .command("delete")
    .description("Put a session into the trash for 7 days")
    .argument(...id);
  remove.option("--permanent", "delete it at once and for good");
  act<{ readonly permanent?: boolean }>(remove, site, deleteSession);
  const restore = sessions
    .command("restore")
    .description("Bring a session back out of the trash")
    .argument("<session>", "its id");
  act(restore, site, async (call) => {
    const session = await call.serai.sessions.restore(argument(call, 0));
    call.show(session, () => `Restored ${session.id}\n`);
  });
}

async function deleteSession(call: Invocation<{ readonly permanent?: boolean }>): Promise<void> {
  const sessionId = await findSession(call.serai, argument(call, 0));
  const permanent = call.flags.permanent === true;
  await call.serai.sessions.delete(sessionId, { permanent });
  const way = permanent ? "" : `; back with: serai sessions restore ${sessionId}`;
  call.show({ id: sessionId, deleted: true, permanent }, () => `Deleted ${sessionId}${way}\n`);
}
