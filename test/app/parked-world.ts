/**
 * One node whose turns wait: an engine over the store in memory, a script of steps by what their tools want, time that a
 * test moves, and the rules of approvals as in production. Closed when the test that opened it is finished.
 */
import { onTestFinished } from "vitest";
import type { ResolveTurn } from "../../src/app/resolve-turn.ts";
import { permitTools } from "../../src/app/permit-tools.ts";
import type { KnownEvent } from "../../src/core/events/envelope.ts";
import { formatId } from "../../src/core/ids.ts";
import type { NodeId, SessionId, UserId } from "../../src/core/ids.ts";
import type { ToolPolicy } from "../../src/core/ports/tools.ts";
import { openMemoryStore } from "../store/memory-store.ts";
import { makeClock } from "../store/suite/setting.ts";
import { countingMint, openEngine, principal, resolveNothing } from "./engine-world.ts";
import type { Engine } from "./engine-world.ts";
import { followUntil, readAll } from "./read-log.ts";
import { makeScriptHarness, scriptTools } from "./script-harness.ts";

export const node = formatId("node", 1, "1".repeat(20)) as NodeId;
export const someoneElse = { ...principal, userId: formatId("user", 2, "1".repeat(20)) as UserId };
export const HOUR = 3_600_000;

export type World = Awaited<ReturnType<typeof open>>;

export async function open(steps: readonly (readonly ToolPolicy[])[], { slots = 64 } = {}) {
  const clock = makeClock();
  const store = await openMemoryStore({ clock, node });
  const harness = makeScriptHarness({ steps });
  const resolveTurn: ResolveTurn = async (id, controls, signal) => {
    const [nothing, session] = [await resolveNothing(id, controls, signal), await store.readSession(id)];
    if (nothing.kind === "refused" || session === undefined) throw new Error("No session");
    const { allowedTools = [] } = session.edit.settings;
    const setup = { clientTools: [], toolPolicies: [], allowedTools };
    const onFault = (fault: unknown) => {
      throw fault;
    };
    const deps = { records: { approvalRules: engine.rules }, onFault };
    const definitions = await permitTools(deps, { session, setup, definitions: scriptTools });
    return { ...nothing, input: { ...nothing.input, tools: { ...nothing.input.tools, definitions } } };
  };
  const engine = openEngine({ store, clock, node, mint: countingMint(1), harness, resolveTurn, slots });
  onTestFinished(() => engine[Symbol.asyncDispose]());
  return { clock, store, harness, engine, id: await start(engine) };
}

export async function start(engine: Engine): Promise<SessionId> {
  const made = await engine.createSession(principal, { agentId: "agt", origin: "api" });
  if (!made.ok) throw new Error(made.refusal.code);
  await say(engine, made.value.id, "go");
  return made.value.id;
}

export function say(engine: Engine, id: SessionId, text: string, more: object = {}) {
  return engine.sendMessage(principal, id, { message: { content: [{ type: "text", text }] }, ...more });
}

/** Until the turn waits: the commit that parks it is the last that asks. */
export async function parked({ engine, id, store }: Pick<World, "engine" | "id" | "store">, times = 1) {
  let seen = 0;
  await followUntil(engine, id, ({ type }) => /^(approval|tool\.call)_?.*requested$/.test(type) && ++seen === times);
  return (await store.readSession(id))?.facts;
}

export async function idle({ engine, id }: Pick<World, "engine" | "id">): Promise<readonly KnownEvent[]> {
  const events = await followUntil(engine, id, ({ type }) => type === "session.idled");
  return events.filter((event): event is KnownEvent => event.known);
}

export async function pending({ engine, id }: Pick<World, "engine" | "id">) {
  const listed = await engine.approvals.list(principal, { sessionId: id, limit: 100 });
  if (!listed.ok) throw new Error(listed.refusal.code);
  return listed.value.approvals.map(({ approval }) => approval);
}

export async function firstPending(world: Pick<World, "engine" | "id">) {
  const [approval] = await pending(world);
  if (approval === undefined) throw new Error("Nobody is asked");
  return approval;
}

export async function answer(world: Pick<World, "engine" | "id">, said: "allow" | "deny", scope = "once") {
  const { id: approvalId } = await firstPending(world);
  const command = { approvalId, answer: said, scope } as Parameters<Engine["answerApproval"]>[2];
  return { approvalId, answered: await world.engine.answerApproval(principal, world.id, command) };
}

export async function openCallIds({ store, id }: Pick<World, "store" | "id">): Promise<readonly string[]> {
  return (await readAll(store, id)).flatMap((event) =>
    event.known && event.type === "tool.call_requested" ? event.data.tool_calls.map((call) => call.id) : [],
  );
}

export const typesOf = (events: readonly { readonly type: string }[]) => events.map(({ type }) => type);
export const results = (events: readonly KnownEvent[]) =>
  events.flatMap((event) => (event.type === "tool.completed" ? [event.data] : []));
