/**
 * Starts a session on behalf of another one's turn: made, then told what to do. Both are known by the call they come
 * from, so a call that is run again after a crash finds what it made and goes on where it was cut off. The child has its
 * agent's own model and capabilities, and of its parent the workspace, the project, the user, the language and the network
 * rules.
 */
import type { AgentBody } from "../../core/records/bodies.ts";
import { ASKED_BY_TURN } from "../../core/decide/tell.ts";
import type { Limits } from "../../core/limits.ts";
import { parseId } from "../../core/ids.ts";
import type { UserId } from "../../core/ids.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import type { SessionOrder, Sessions, SessionsAnswer } from "../../core/ports/tools.ts";
import type { SessionRecord } from "../../core/session.ts";
import { sha256Hex } from "../../lib/sha256.ts";
import type { CreateSession } from "../create-session.ts";
import type { Principal } from "../principal.ts";
import { foldCurrent } from "../read-session.ts";
import type { ReadableStore } from "../read-session.ts";
import type { Records } from "../records/records.ts";
import type { Resource } from "../records/resource.ts";
import { sayRefusal } from "../say-refusal.ts";
import type { SendMessage } from "../send-message.ts";
import { readTurnSetup } from "../turn-setup.ts";
import type { TurnSetupDeps } from "../turn-setup.ts";
import { depthOf } from "./reach.ts";

export interface StartChildDeps extends TurnSetupDeps {
  readonly store: ReadableStore & Pick<SessionReads, "listSessions">;
  readonly records: TurnSetupDeps["records"] & Pick<Records, "agents">;
  readonly createSession: CreateSession;
  readonly sendMessage: SendMessage;
  readonly limits: Pick<Limits, "childSessions" | "sessionDepth" | "titleLength">;
}

export type StartOrder = Parameters<Sessions["start"]>[0];

const TASK_LENGTH = 200;
const TURN_IS_OVER = { ok: false, reason: "The turn that this was called in is over" } as const;

export function actingFor({ workspaceId, createdBy, id }: SessionRecord): Principal {
  // A session that nobody made has nobody's rules; its own id stands for its user and is no one else's.
  return { workspaceId, userId: createdBy ?? (id as string as UserId), keyId: null, role: "member" };
}

export async function startChild(
  deps: StartChildDeps,
  parent: SessionRecord,
  order: StartOrder,
): Promise<SessionsAnswer<SessionRecord>> {
  if ((await turnOfCall(deps.store, parent, order.callId)) === null) return TURN_IS_OVER;
  const agent = await findAgent(deps, parent, order);
  if (!agent.ok) return agent;
  const conversationId = `subagent/${parent.id}/${order.callId}`;
  const isFree = await checkRoom(deps, parent, conversationId);
  if (!isFree.ok) return isFree;
  const setup = await readTurnSetup(deps, parent, parent.edit);
  if (!setup.ok) return { ok: false, reason: sayRefusal(setup.refusal) };
  const { locale, origin = "api" } = parent.edit.settings;
  const made = await deps.createSession(actingFor(parent), {
    agentId: agent.value.id,
    title: titleOf(order, deps.limits.titleLength),
    origin,
    conversationId,
    ...(locale === undefined ? {} : { locale }),
    startedBy: {
      parent,
      callId: order.callId,
      task: order.text.slice(0, TASK_LENGTH),
      networkRules: setup.value.networkRules,
    },
  });
  if (!made.ok) return { ok: false, reason: sayRefusal(made.refusal) };
  const sent = await sendTo(deps, { parent, child: made.value }, order);
  return sent.ok ? { ok: true, value: made.value } : sent;
}

/** Joins the turn that runs, or begins one. */
export async function sendTo(
  { store, sendMessage }: Pick<StartChildDeps, "store" | "sendMessage">,
  { parent, child }: { readonly parent: SessionRecord; readonly child: SessionRecord },
  { callId, text }: SessionOrder,
): Promise<SessionsAnswer<{ readonly delivery: string }>> {
  const turnId = await turnOfCall(store, parent, callId);
  if (turnId === null) return TURN_IS_OVER;
  const metadata = { asked_by_session_id: parent.id, [ASKED_BY_TURN]: turnId };
  const sent = await sendMessage(actingFor(parent), child.id, {
    message: { content: [{ type: "text", text }], metadata },
    whenBusy: "steer",
    clientMessageId: `${parent.id}/${callId}`,
    bodyHash: sha256Hex(text),
  });
  return sent.ok
    ? { ok: true, value: { delivery: sent.value.delivery } }
    : { ok: false, reason: sayRefusal(sent.refusal) };
}

/** Nothing once the turn was stopped: what its calls still do is nobody's wish any more. */
async function turnOfCall(store: ReadableStore, parent: SessionRecord, callId: string): Promise<string | null> {
  const { turn, isDeleted } = (await foldCurrent(store, parent)).state;
  const isOpen = turn?.openCalls.some(({ id }) => id === callId) ?? false;
  return turn === null || isDeleted || turn.phase === "cancelling" || !isOpen ? null : turn.id;
}

async function findAgent(
  { records }: StartChildDeps,
  parent: SessionRecord,
  { agent: named, allowed }: StartOrder,
): Promise<SessionsAnswer<Resource<AgentBody>>> {
  const found = await findAgentNamed(records.agents, parent, named);
  const isAllowed = allowed === undefined || (found !== undefined && isOneOf(allowed, found));
  if (found !== undefined && isAllowed) return { ok: true, value: found };
  const ways = allowed === undefined ? await agentNames(records.agents, parent) : allowed;
  const which = ways.length === 0 ? "there is none" : `there are ${ways.map((name) => `"${name}"`).join(", ")}`;
  return { ok: false, reason: `There is no agent "${named}" for this session to start; ${which}` };
}

type Agents = StartChildDeps["records"]["agents"];

export async function findAgentNamed(
  agents: Agents,
  reader: Pick<Principal, "workspaceId">,
  named: string,
): Promise<Resource<AgentBody> | undefined> {
  const byName = await agents.find(reader, named);
  if (byName !== undefined || parseId("agent", named) === undefined) return byName;
  const byId = await agents.get(reader, named);
  return byId.ok && byId.value.archivedAt === null ? byId.value : undefined;
}

function isOneOf(allowed: readonly string[], { id, name }: Resource<AgentBody>): boolean {
  return allowed.some((each) => each === name || parseId("agent", each) === id);
}

const NAMES_SHOWN = 20;

export async function agentNames(agents: Agents, reader: Pick<Principal, "workspaceId">): Promise<readonly string[]> {
  const { items } = await agents.list(reader, { offset: 0, limit: NAMES_SHOWN });
  return items.map(({ name }) => name);
}

/** A call that is run again has its session already, and needs no room for it. */
async function checkRoom(
  { store, limits }: StartChildDeps,
  parent: SessionRecord,
  conversationId: string,
): Promise<SessionsAnswer<null>> {
  const { workspaceId, id: parentId } = parent;
  const limit = limits.childSessions + 1;
  const { sessions } = await store.listSessions({ workspaceId, parentId, order: "created_at", limit });
  if (sessions.some((child) => child.conversationId === conversationId)) return { ok: true, value: null };
  if (sessions.length >= limits.childSessions) {
    const reason = `This session has started ${sessions.length} others, as many as it may (childSessions); send a message to one of them instead, or delete those that are not needed any more`;
    return { ok: false, reason };
  }
  if ((await depthOf(store, parent)) < limits.sessionDepth) return { ok: true, value: null };
  const reason = `Sessions may stand at most ${limits.sessionDepth} one above the other (sessionDepth), so this one can start none; do the work here`;
  return { ok: false, reason };
}

function titleOf({ title, text }: StartOrder, maxLength: number): string {
  const line = (title ?? text).trim().replace(/\s+/g, " ");
  return Array.from(line)
    .slice(0, title === undefined ? 80 : maxLength)
    .join("")
    .slice(0, maxLength)
    .toWellFormed();
}
