/** Everybody who waits for a project's budget is told when it is raised, however many they are and whatever got lost; over the store in memory. */
import { describe, expect, it, onTestFinished } from "vitest";
import { createdEvent } from "../../../src/app/create-session.ts";
import { makeCommit } from "../../../src/app/commit.ts";
import { Aftermath } from "../../../src/app/project-work/aftermath.ts";
import { makeWakeHeld, resumeBudget } from "../../../src/app/project-work/resume-budget.ts";
import type { Project } from "../../../src/app/records/find-project.ts";
import { foldDrafts } from "../../../src/core/decide/fold-drafts.ts";
import { draft } from "../../../src/core/decide/plan.ts";
import { startTurnDrafts } from "../../../src/core/decide/start-turn.ts";
import { encodeDraft } from "../../../src/core/events/envelope.ts";
import type { ProjectId, SessionId } from "../../../src/core/ids.ts";
import { accept } from "../../../src/core/refusal.ts";
import { initialState } from "../../../src/core/state.ts";
import { makeKeyedQueue } from "../../../src/lib/keyed-queue.ts";
import { openMemoryStore } from "../../store/memory-store.ts";
import { makeClock } from "../../store/suite/setting.ts";
import { countingMint, principal } from "../engine-world.ts";

const MANY = 250;

async function open() {
  const clock = makeClock();
  const mint = countingMint(1);
  const store = await openMemoryStore({ clock });
  onTestFinished(() => store[Symbol.asyncDispose]());
  const commit = makeCommit({ store, onCommitted: () => undefined });
  const projectId = mint("project") as ProjectId;
  const parked = { budget_id: projectId, balance: 0, limit: 1, currency: "tokens" };
  const park = async (ofProject: ProjectId | null) => {
    const edit = {
      ...{ title: null, tags: [], agentId: null, harnessId: null, modelId: null, taskId: null, settings: {} },
      projectId: ofProject,
    };
    const message = { id: mint("message"), role: "user" as const, content: [] };
    const events = [
      createdEvent(mint, edit, { harness: "hosted" }),
      ...startTurnDrafts({ message, isFromQueue: false }, { mint, runner: null, agentId: null }),
      draft(mint, {}, { type: "budget.exhausted", data: parked }),
    ];
    const { workspaceId, userId: createdBy } = principal;
    const sessionId = mint("session");
    await commit({
      sessionId,
      create: { workspaceId, createdBy, harness: "hosted", conversationId: null, edit, idempotency: null },
      events: events.map(encodeDraft),
      fold: { state: foldDrafts(initialState, events, clock.now()), through: 0 },
      work: {
        checkout: {
          sessionId,
          branch: "b",
          base: "main",
          path: "/tree",
          repository: "/app",
          baseCommit: "0".repeat(40),
          hasMadeBranch: true,
        },
      },
    });
    return sessionId;
  };
  const budgetOf = (budget: { usd: number | null; tokens: number | null } | null) =>
    ({ id: projectId, workspaceId: principal.workspaceId, body: { budget } }) as unknown as Project;
  const told: SessionId[] = [];
  const onControl = (id: SessionId) => void told.push(id);
  // No tree is looked at here.
  const parts = { store, commit, clock, mint, queue: makeKeyedQueue(), onControl, checkouts: undefined as never };
  const needsOf = async (id: SessionId) => (await store.readSession(id))?.facts.needs;
  return { parts, projectId, park, budgetOf, told, needsOf };
}

it("E2: goes on with every turn that waits, each once", async () => {
  const { parts, projectId, park, budgetOf, told, needsOf } = await open();
  const waiting = new Set<SessionId>();
  for (let count = 0; count < MANY; count++) waiting.add(await park(projectId));
  const other = await park(null);
  await resumeBudget(parts, budgetOf({ usd: null, tokens: 2 }));
  expect(told).toHaveLength(MANY);
  expect(new Set(told)).toEqual(waiting);
  expect(await needsOf(other)).toEqual(["budget"]);
  for (const id of waiting) expect(await needsOf(id)).toEqual([]);
});

describe("W9: a turn that waits for a budget, and was not told that it was changed", () => {
  it.each([
    ["was raised", { usd: null, tokens: 2 }],
    ["is gone", null],
    ["is one of dollars now", { usd: 5, tokens: null }],
  ])("goes on at the next look when its limit %s", async (_, budget) => {
    const { parts, projectId, park, budgetOf, told, needsOf } = await open();
    const id = await park(projectId);
    let now = budgetOf({ usd: null, tokens: 1 });
    const wake = makeWakeHeld({ ...parts, projects: { get: async () => accept(now) } });
    await wake.all();
    expect([told, await needsOf(id)]).toEqual([[], ["budget"]]);
    now = budgetOf(budget);
    await wake.all();
    await wake.all();
    expect([told, await needsOf(id)]).toEqual([[id], []]);
  });

  it("goes on at once when that was while it was being parked", async () => {
    const { parts, projectId, park, budgetOf, told } = await open();
    const raised = { get: async () => accept(budgetOf({ usd: null, tokens: 2 })) };
    const wakeHeld = makeWakeHeld({ ...parts, projects: raised });
    const nothing = async () => undefined;
    const rest = { release: async () => "kept" as const, endPrograms: nothing, collect: nothing };
    const onFault = (fault: unknown) => expect.unreachable(String(fault));
    await using aftermath = new Aftermath({ ...parts, ...rest, wakeHeld, onFault });
    const [id, unseen] = [await park(projectId), await park(projectId)];
    const { lines } = await parts.store.readLog({ sessionId: id, after: 0, limit: 10 });
    aftermath.committed(id, lines);
    await aftermath.idle();
    expect(told).toEqual([id]);
    aftermath.start();
    await aftermath.idle();
    expect(told).toEqual([id, unseen]);
  });
});
