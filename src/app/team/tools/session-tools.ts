/** Other sessions: who is at work, messages to them, starting one and waiting for what it comes to. */
import type { SessionId } from "../../../core/ids.ts";
import { parseId } from "../../../core/ids.ts";
import { parseLine } from "../../../core/events/envelope.ts";
import { textOf } from "../../../core/fold-turn.ts";
import type { SessionReads } from "../../../core/ports/store.ts";
import { accept } from "../../../core/refusal.ts";
import type { Outcome } from "../../../core/refusal.ts";
import { LONGEST_WAIT_S } from "../../../core/team/tool-words.ts";
import { cutUtf8 } from "../../../lib/well-formed.ts";
import type { Awaited, AwaitTurn } from "../../await-turn.ts";
import { agentNames, findAgentNamed } from "../../children/start-child.ts";
import type { CreateSession, CreateSessionCommand } from "../../create-session.ts";
import type { Principal } from "../../principal.ts";
import { readOwnSession } from "../../read-session.ts";
import type { Records } from "../../records/records.ts";
import type { SendMessage } from "../../send-message.ts";
import { readTurnSetup } from "../../turn-setup.ts";
import type { TurnSetupDeps } from "../../turn-setup.ts";
import { refusedWith, said } from "./team-tool.ts";
import type { RunTeamTool, TeamAnswer, TeamCaller } from "./team-tool.ts";

/** Of who is at work: what another agent wants to know before it speaks to it. */
export interface ListedAgent {
  readonly sessionId: string;
  readonly userName: string;
  readonly agentType: string;
  readonly task: string | null;
  readonly branch: string | null;
  readonly heldPaths: readonly string[];
}

export interface SessionToolsDeps {
  readonly store: Pick<SessionReads, "readSession" | "readLogBack">;
  readonly listAgents: (principal: Principal) => Promise<Outcome<readonly ListedAgent[]>>;
  readonly agents: Records["agents"];
  readonly records: TurnSetupDeps["records"];
  readonly createSession: CreateSession;
  readonly sendMessage: SendMessage;
  readonly awaitTurn: AwaitTurn;
}

const LONGEST_ANSWER = 40_000;
const WAIT = { least: 0, most: LONGEST_WAIT_S, absent: 45 };
const UNKNOWN: TeamAnswer = { text: "There is no session of that id; see list_sessions", isError: true };

export function makeSessionTools(deps: SessionToolsDeps) {
  return {
    list_sessions: makeList(deps),
    send_message: makeSend(deps),
    start_session: makeStart(deps),
    wait_for_session: makeWaitFor(deps),
  };
}

function makeList({ listAgents }: SessionToolsDeps): RunTeamTool {
  return async ({ principal, knownSessionId }) => {
    const agents = await listAgents(principal);
    if (!agents.ok) return refusedWith(agents.refusal);
    if (agents.value.length === 0) return said("Nobody is at work.");
    return said(agents.value.map((agent) => shownAgent(agent, agent.sessionId === knownSessionId)).join("\n"));
  };
}

function shownAgent(agent: ListedAgent, isOwn: boolean): string {
  const parts = [
    `${agent.userName} (${agent.agentType})${isOwn ? ", you" : ""}`,
    ...(agent.branch === null ? [] : [`on ${agent.branch}`]),
    ...(agent.task === null ? [] : [`'${agent.task}'`]),
    ...(agent.heldPaths.length === 0 ? [] : [`holds ${agent.heldPaths.join(", ")}`]),
  ];
  return `- ${agent.sessionId}: ${parts.join("; ")}`;
}

function makeSend({ sendMessage }: SessionToolsDeps): RunTeamTool {
  return async (caller, input) => {
    const id = parseId("session", input.text("session_id").trim());
    const text = `From ${whoAsks(caller)}: ${input.text("message")}`;
    if (id === undefined) return UNKNOWN;
    const message = { content: [{ type: "text" as const, text }] };
    const sent = await sendMessage(caller.principal, id, { message, whenBusy: "queue" });
    if (!sent.ok) return refusedWith(sent.refusal);
    return said(sent.value.delivery === "queued" ? "It will read it at its next chance." : "It reads it now.");
  };
}

function whoAsks({ knownSessionId }: TeamCaller): string {
  return knownSessionId === null ? "another agent" : `the agent of session ${knownSessionId}`;
}

function makeStart(deps: SessionToolsDeps): RunTeamTool {
  return async (caller, input) => {
    const { principal } = caller;
    const [named, prompt, title] = [input.text("agent").trim(), input.text("prompt"), input.optionalText("title")];
    const agent = await findAgentNamed(deps.agents, principal, named);
    if (agent === undefined) return { text: await noAgent(deps, principal, named), isError: true };
    const bounds = await boundsOf(deps, caller);
    if (!bounds.ok) return refusedWith(bounds.refusal);
    const settings = {
      ...{ agentId: agent.id, origin: "api" as const, ...bounds.value },
      ...(title === undefined ? {} : { title }),
    };
    const made = await deps.createSession(principal, settings);
    if (!made.ok) return refusedWith(made.refusal);
    const message = { content: [{ type: "text" as const, text: prompt }] };
    const sent = await deps.sendMessage(principal, made.value.id, { message });
    if (!sent.ok) return refusedWith(sent.refusal);
    return said(`Started "${agent.name}" as session ${made.value.id}.`);
  };
}

/**
 * What an agent has others do is its project's work, draws on the same budget, and reaches no host that it may not reach
 * itself. One that is gone has nothing done.
 */
async function boundsOf(
  { store, records }: SessionToolsDeps,
  { principal, knownSessionId }: TeamCaller,
): Promise<Outcome<Pick<CreateSessionCommand, "projectId" | "inheritedNetwork">>> {
  if (knownSessionId === null) return accept({});
  const asker = await readOwnSession(store, principal, knownSessionId);
  if (!asker.ok) return asker;
  const { edit } = asker.value;
  const setup = await readTurnSetup({ records }, principal, edit);
  if (!setup.ok) return setup;
  const { networkRules } = setup.value;
  return accept({
    ...(edit.projectId === null ? {} : { projectId: edit.projectId }),
    ...(networkRules.length === 0 ? {} : { inheritedNetwork: networkRules }),
  });
}

async function noAgent({ agents }: SessionToolsDeps, principal: Principal, named: string): Promise<string> {
  const names = await agentNames(agents, principal);
  const which = names.length === 0 ? "there is none" : `there are ${names.map((name) => `"${name}"`).join(", ")}`;
  return `There is no agent "${named}"; ${which}`;
}

function makeWaitFor(deps: SessionToolsDeps): RunTeamTool {
  return async ({ principal, knownSessionId, signal }, input) => {
    const id = parseId("session", input.text("session_id").trim());
    const timeoutMs = input.integer("timeout_seconds", WAIT) * 1_000;
    const found = id === undefined ? undefined : await readOwnSession(deps.store, principal, id);
    if (found === undefined) return UNKNOWN;
    if (!found.ok) return refusedWith(found.refusal);
    const last = await lastMessage(deps, found.value.id);
    if (last === undefined) return said("It has not been told anything yet.");
    const waiter = knownSessionId === null ? {} : { waiterId: knownSessionId };
    const awaiting = { sessionId: found.value.id, ...last, ...waiter, timeoutMs, signal };
    const awaited = await deps.awaitTurn(principal, awaiting);
    return awaited.ok ? said(shownAwaited(awaited.value)) : refusedWith(awaited.refusal);
  };
}

/** The one that its latest turn came from, or that waits for one. */
async function lastMessage({ store }: SessionToolsDeps, sessionId: SessionId) {
  const types = ["input.message", "message.queued"];
  const [line] = await store.readLogBack({ sessionId, limit: 1, types });
  const event = line === undefined ? undefined : parseLine(line);
  const isOne = event?.known === true && (event.type === "input.message" || event.type === "message.queued");
  return isOne ? { messageId: event.data.message.id, seq: event.seq } : undefined;
}

const ENDS: Readonly<Record<Awaited["status"], string>> = {
  completed: "It is done.",
  failed: "It failed",
  cancelled: "It was stopped.",
  waiting: "It waits for a person",
  timeout: "It is still at work; wait again to see what comes of it.",
};

function shownAwaited({ status, messages, error, needs }: Awaited): string {
  const spoken = messages
    .filter(({ message }) => message.role === "agent")
    .map(({ message }) => textOf(message.content));
  const why = status === "failed" ? `: ${error ?? "unknown"}` : status === "waiting" ? `: ${needs.join(", ")}` : "";
  return cutUtf8([ENDS[status] + why, ...spoken.filter((text) => text !== "")].join("\n\n"), LONGEST_ANSWER);
}
