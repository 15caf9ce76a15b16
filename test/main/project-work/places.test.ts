/**
 * The places of a project's agents (W4, W16) over a whole server: test agents that start others over MCP and wait for them, as
 * real ones do, with fewer places than sessions.
 */
import { afterEach, describe, expect, it } from "vitest";
import type { Session } from "../../../src/doors/native/schema/session.ts";
import type { Step } from "../../acp-agent/script.ts";
import { text } from "../../doors/native/native-client.ts";
import { fence, until } from "../children-world.ts";
import type { WholeOptions } from "../whole-server.ts";
import { openWorkWorld } from "./work-world.ts";
import type { WorkWorld } from "./work-world.ts";

let world: WorkWorld;
afterEach(async () => {
  await world[Symbol.asyncDispose]();
  expect(world.whole.faults).toEqual([]);
});

async function open(project: object, options: WholeOptions = {}): Promise<void> {
  world = await openWorkWorld({ ...project }, options);
  const harness = await world.owner.post<{ id: string }>("/harnesses", { name: "programs", kind: "codex" });
  expect(harness.status, JSON.stringify(harness.body)).toBe(201);
  await world.owner.post("/agents", { name: "worker", system_prompt: "Work.", harness_id: harness.body.id });
}

/** Starts a session that does as the steps say, and waits until it has. */
const delegate = (steps: readonly Step[], seconds = 20): readonly Step[] => [
  { call: "start_session", input: { agent: "worker", prompt: JSON.stringify(steps) } },
  { call: "wait_for_session", input: { session_id: "{session}", timeout_seconds: seconds } },
];

const send = (id: string, steps: readonly Step[]) =>
  world.owner.post(`/sessions/${id}/messages`, text(JSON.stringify(steps)));
const all = async () => (await world.owner.get<{ data: Session[] }>("/sessions?limit=100")).body.data;
const others = async (...known: readonly string[]) => (await all()).filter(({ id }) => !known.includes(id));
const ended = (id: string) =>
  until(async () => {
    const now = await world.read(id);
    return now.status === "idle" && now.turn_count > 0 && now;
  });
const at = async (id: string, type: string) => (await timesOf(id)).find((event) => event.type === type)?.ts ?? "";
const timesOf = async (id: string) =>
  (await world.owner.get<{ data: { type: string; ts: string }[] }>(`/sessions/${id}/events?limit=1000`)).body.data;
const said = async (id: string) =>
  JSON.stringify((await world.events(id)).filter(({ type }) => type.startsWith("output")));

describe("W16: a project with fewer places than sessions that wait for one another", () => {
  it("lets a parent's child run in its place, and nobody else", async () => {
    await open({ max_sessions: 1 });
    const [parent, other] = [await world.make(), await world.make()];
    await send(parent.id, [{ waitMs: 300 }, ...delegate([{ waitMs: 100 }, { say: "Cleaned." }]), { waitMs: 200 }]);
    await until(async () => (await at(parent.id, "process.started")) !== "");
    await send(other.id, [{ say: "At last." }]);
    await ended(parent.id);
    await ended(other.id);
    const [child] = await others(parent.id, other.id);
    expect(await said(parent.id)).toContain("It is done.\\n\\nCleaned.");
    expect((await at(child?.id ?? "", "turn.completed")) < (await at(parent.id, "turn.completed"))).toBe(true);
    expect((await at(other.id, "process.started")) >= (await at(parent.id, "turn.completed"))).toBe(true);
  });

  it("lets as many parents as there are places each have a child, and a child one of its own", async () => {
    await open({ max_sessions: 2 });
    const parents = [await world.make(), await world.make()];
    const steps = [{ waitMs: 200 }, ...delegate([...delegate([{ say: "Deep." }]), { say: "Middle." }])];
    await Promise.all(parents.map(({ id }) => send(id, steps)));
    for (const { id } of parents) await ended(id);
    for (const { id } of parents) expect(await said(id)).toContain("Middle.");
    expect((await all()).map(({ stop_reason }) => stop_reason)).toEqual(Array.from({ length: 6 }, () => "end_turn"));
  });

  it("does not stop a parent whose wait is over before its child is: it works beside it, and nobody else", async () => {
    await open({ max_sessions: 1 });
    const [parent, other] = [await world.make(), await world.make()];
    await send(parent.id, [...delegate([{ waitMs: 2_500 }, { say: "Late." }], 1), { say: "I go on." }]);
    await until(async () => (await others(parent.id, other.id)).length > 0);
    await send(other.id, [{ say: "At last." }]);
    await ended(parent.id);
    const [child] = await others(parent.id, other.id);
    expect(await said(parent.id)).toMatch(/It is still at work.*I go on/);
    expect((await world.read(child?.id ?? "")).status).toBe("active");
    await ended(other.id);
    expect((await at(other.id, "process.started")) >= (await at(child?.id ?? "", "turn.completed"))).toBe(true);
  });

  it.each(["cancel", "kill"])(
    "goes on with the child of a parent that is stopped (%s), and then with the next",
    async (how) => {
      await open({ max_sessions: 1 });
      const [parent, other] = [await world.make(), await world.make()];
      await send(parent.id, [...delegate([{ waitMs: 700 }, { say: "Done." }]), { say: "Never." }]);
      const [child] = await until(async () => {
        const found = await others(parent.id, other.id);
        return found[0] !== undefined && (await at(found[0].id, "process.started")) !== "" && found;
      });
      await world.owner.post(`/sessions/${parent.id}/${how}`);
      await send(other.id, [{ say: "At last." }]);
      expect((await ended(child?.id ?? "")).stop_reason).toBe("end_turn");
      await ended(other.id);
      expect((await at(other.id, "process.started")) >= (await at(child?.id ?? "", "turn.completed"))).toBe(true);
    },
  );

  it.each(["cancel", "kill"])("gives its parent the place back when a child is stopped (%s)", async (how) => {
    await open({ max_sessions: 1 });
    const { id } = await world.make();
    await send(id, [...delegate([{ hang: "until-cancel" }]), { say: "Told." }]);
    const child = await until(async () => {
      const [found] = await others(id);
      return found !== undefined && (await at(found.id, "process.started")) !== "" && found.id;
    });
    await world.owner.post(`/sessions/${child}/${how}`);
    await ended(id);
    expect(await said(id)).toMatch(/It was stopped.*Told/);
  });

  it("goes on when the parent's program dies while it waits", async () => {
    await open({ max_sessions: 1 });
    const [parent, other] = [await world.make(), await world.make()];
    await send(parent.id, delegate([{ waitMs: 700 }, { say: "Done." }]));
    const child = await until(async () => {
      const [found] = await others(parent.id, other.id);
      return found !== undefined && (await at(found.id, "process.started")) !== "" && found.id;
    });
    const started = (await world.events(parent.id)).find(({ type }) => type === "process.started");
    process.kill(Number(started?.data["pid"]), "SIGKILL");
    expect((await ended(parent.id)).stop_reason).toBe("failed");
    await world.turn(other.id, [{ say: "At last." }]);
    expect((await ended(child)).stop_reason).toBe("end_turn");
  });

  it("W4: frees those in line as soon as its limit is raised", async () => {
    await open({ max_sessions: 1 });
    const [first, second, third] = [await world.make(), await world.make(), await world.make()];
    await send(first.id, [{ hang: "until-cancel" }]);
    await until(async () => (await at(first.id, "process.started")) !== "");
    await send(second.id, [{ say: "two" }]);
    await send(third.id, [{ say: "three" }]);
    await until(async () => (await world.read(third.id)).status === "active");
    await world.owner.call("PATCH", "/projects/app", { max_sessions: 3 });
    await Promise.all([ended(second.id), ended(third.id)]);
    expect((await world.read(first.id)).status).toBe("active");
    await world.owner.post(`/sessions/${first.id}/cancel`);
  });

  it("W4: does not begin the turn of a session that is paused in line", async () => {
    await open({ max_sessions: 1 });
    const [first, second] = [await world.make(), await world.make()];
    await send(first.id, [{ hang: "until-cancel" }]);
    await until(async () => (await at(first.id, "process.started")) !== "");
    await send(second.id, [{ say: "two" }]);
    await until(async () => (await world.read(second.id)).checkout !== null);
    await world.owner.post(`/sessions/${second.id}/pause`);
    await world.owner.post(`/sessions/${first.id}/cancel`);
    await until(async () => (await world.whole.server.store.readHead(second.id as never))?.owner === null);
    expect(await at(second.id, "process.started")).toBe("");
    await world.owner.post(`/sessions/${second.id}/resume`);
    expect((await ended(second.id)).stop_reason).toBe("end_turn");
  });
});

describe("T21: the turns of a server", () => {
  it("have room for the child of a parent that waits, however few there may be", async () => {
    await open({}, { limits: { runningTurns: 1 } });
    const { id } = await world.make();
    await send(id, [...delegate([...delegate([{ say: "Deep." }]), { say: "Middle." }]), { say: "Top." }]);
    await ended(id);
    expect(await said(id)).toMatch(/Middle.*Top/);
  });

  it("are not used up by those that wait in line, nor by those that wait for a person", async () => {
    await open({ max_sessions: 1 }, { limits: { runningTurns: 2 } });
    const lined = await Promise.all([1, 2, 3, 4].map(() => world.make()));
    for (const { id } of lined) await send(id, [{ ask: { toolCallId: "t", title: "Delete all", kind: "delete" } }]);
    const asking = () => until(async () => (await all()).find(({ needs }) => needs.includes("approval")) ?? false);
    await asking();
    const agent = await world.owner.post<{ id: string }>("/agents", {
      name: "talker",
      system_prompt: fence([{ text: "Here." }]),
    });
    const { id } = await world.owner.session({ agent_id: agent.body.id });
    await world.turn(id, "hello");
    expect(await said(id)).toContain("Here.");
    for (const _ of lined) {
      const { id: asks } = await asking();
      const { data } = (await world.owner.get<{ data: { id: string }[] }>(`/approvals?root_id=${asks}`)).body;
      await world.owner.post(`/sessions/${asks}/approvals/${data[0]?.id}`, { answer: "allow" });
      await ended(asks);
    }
  });
});
