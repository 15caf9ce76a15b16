/** `serai approvals`, `serai approve`, `serai deny`: calls of agents that wait for a person's word. */
import type { Command } from "commander";
import { Option } from "commander";
import type { Serai } from "../client/serai.ts";
import type { AnswerApproval, Approval, ApprovalRule } from "../client/shapes.ts";
import { answerWords, describeAsked } from "./approval-words.ts";
import { CommandFault } from "./faults.ts";
import { formatAge } from "./figures.ts";
import { act, argument } from "./invocation.ts";
import type { CommandSite, Invocation } from "./invocation.ts";
import { everyItem, findSession } from "./lookup.ts";
import { plainLine } from "./screen.ts";
import type { Screen } from "./screen.ts";
import { formatTable } from "./table.ts";

const EXAMPLES = `
Examples:
  $ serai approvals                              what waits for you
  $ serai approve                                the one call that waits
  $ serai approve last --session                 what the last session asks, and that tool from here on
  $ serai deny apr_… --reason "Use the copy instead"
  $ serai approvals rules                        what you have allowed for good
`;

const WHICH = "its id, or the session that asks (an id, or last); nothing when only one call waits";

export function addApprovals(program: Command, site: CommandSite): void {
  const approvals = program
    .command("approvals")
    .description("Calls that wait for your word")
    .option("-s, --session <id>", "only those of this session (an id, or last)")
    .addHelpText("after", EXAMPLES);
  act<{ readonly session?: string }>(approvals, site, listPending);
  addRules(approvals, site);
  const approve = program.command("approve").description("Allow a call that waits").argument("[approval]", WHICH);
  approve
    .option("--session", "and further calls of that tool in its session")
    .addOption(new Option("--always", "and in all your sessions with that agent").conflicts("session"))
    .addHelpText("after", EXAMPLES);
  act<ApproveFlags>(approve, site, (call) => answerOne(call, allowOf(call.flags)));
  const deny = program.command("deny").description("Deny a call that waits").argument("[approval]", WHICH);
  deny.option("--reason <text>", "what the agent is told").addHelpText("after", EXAMPLES);
  act<{ readonly reason?: string }>(deny, site, (call) => answerOne(call, denyOf(call.flags)));
}

interface ApproveFlags {
  readonly session?: boolean;
  readonly always?: boolean;
}

function allowOf({ session, always }: ApproveFlags): AnswerApproval {
  if (always === true) return { answer: "allow", scope: "always" };
  return { answer: "allow", scope: session === true ? "session" : "once" };
}

function denyOf({ reason }: { readonly reason?: string }): AnswerApproval {
  return { answer: "deny", ...(reason === undefined ? {} : { reason }) };
}

async function everyPending(serai: Serai, sessionId?: string): Promise<readonly Approval[]> {
  const found: Approval[] = [];
  for await (const approval of serai.approvals.all(sessionId === undefined ? {} : { sessionId })) found.push(approval);
  return found;
}

async function listPending(call: Invocation<{ readonly session?: string }>): Promise<void> {
  const { serai, flags, shell, screen, isJson } = call;
  const sessionId = flags.session === undefined ? undefined : await findSession(serai, flags.session);
  const data = await everyPending(serai, sessionId);
  call.show({ data, total: data.length }, (sheet) => listText(data, sheet, shell.now()));
  const way = "answer with  serai approve ID  (--session, --always)  or  serai deny ID  (--reason)";
  if (!isJson && data.length > 0) screen.note(screen.paintNote("dim", `  ${way}`));
}

function listText(approvals: readonly Approval[], screen: Screen, nowMs: number): string {
  if (approvals.length === 0) return "Nothing waits for you\n";
  const columns = [{ title: "ID" }, { title: "CALL", isFlexible: true }, { title: "SESSION" }, { title: "ASKED" }];
  const rows = approvals.map((approval) => [
    approval.id,
    describeAsked(approval),
    approval.sessionTitle ?? approval.sessionId,
    formatAge(approval.requestedAt, nowMs),
  ]);
  return formatTable(columns, rows, screen);
}

async function answerOne(call: Invocation, answer: AnswerApproval): Promise<void> {
  const { serai } = call;
  const asked = await findPending(serai, call.args[0]);
  const answered = await serai.approvals.answer(asked.sessionId, asked.id, answer);
  const words = answerWords({ answer: answer.answer, scope: answer.scope, reason: answer.reason }) ?? "";
  call.show(answered, () => `${describeAsked(asked)}: ${words}\n`);
}

/** The one that is meant, and never one of several. */
async function findPending(serai: Serai, text: string | undefined): Promise<Approval> {
  if (text?.startsWith("apr_") === true) {
    const found = (await everyPending(serai)).find(({ id }) => id === text);
    if (found !== undefined) return found;
    throw new CommandFault(`No call with the id "${text}" waits for an answer; see what does with: serai approvals`);
  }
  const sessionId = text === undefined ? undefined : await findSession(serai, text);
  const [only, ...others] = await everyPending(serai, sessionId);
  if (only === undefined) throw new CommandFault("Nothing waits for an answer");
  if (others.length === 0) return only;
  const lines = [only, ...others].map((each) => `${each.id}  ${describeAsked(each)}`);
  throw new CommandFault(`${lines.length} calls wait; say which one:\n${lines.join("\n")}`);
}

function addRules(approvals: Command, site: CommandSite): void {
  const rules = approvals.command("rules").description("What you have allowed for good");
  act(rules, site, async ({ serai, show, shell }) => {
    const data = await everyItem<ApprovalRule>((query) => serai.approvals.rules(query));
    show({ data, total: data.length }, (screen) => rulesText(data, screen, shell.now()));
  });
  const revoke = approvals.command("revoke").description("Be asked again").argument("<rule>", "the id of a rule");
  act(revoke, site, async (call) => {
    const id = argument(call, 0);
    await call.serai.approvals.revokeRule(id);
    call.show({ id, revoked: true }, () => `Revoked ${plainLine(id)}\n`);
  });
}

function rulesText(rules: readonly ApprovalRule[], screen: Screen, nowMs: number): string {
  if (rules.length === 0) return "Nothing is allowed for good\n";
  const columns = [{ title: "ID" }, { title: "TOOL", isFlexible: true }, { title: "AGENT" }, { title: "SINCE" }];
  const rows = rules.map(({ id, tool, agentId, createdAt }) => [id, tool, agentId, formatAge(createdAt, nowMs)]);
  return formatTable(columns, rows, screen);
}
