/** Everybody who waits for a project's budget is told when it is raised, however many they are; over the store in memory. */
import { expect, it } from "vitest";
import { createdEvent } from "../../../src/app/create-session.ts";
import { makeCommit } from "../../../src/app/commit.ts";
import { resumeBudget } from "../../../src/app/project-work/resume-budget.ts";
import type { Project } from "../../../src/app/records/find-project.ts";
import { foldDrafts } from "../../../src/core/decide/fold-drafts.ts";
import { draft } from "../../../src/core/decide/plan.ts";
import { startTurnDrafts } from "../../../src/core/decide/start-turn.ts";
import { encodeDraft } from "../../../src/core/events/envelope.ts";
import type { ProjectId, SessionId } from "../../../src/core/ids.ts";
import { initialState } from "../../../src/core/state.ts";
import { makeKeyedQueue } from "../../../src/lib/keyed-queue.ts";
import { openMemoryStore } from "../../store/memory-store.ts";
import { makeClock } from "../../store/suite/setting.ts";
import { countingMint, principal } from "../engine-world.ts";

const MANY = 250;

it("E2: goes on with every turn that waits, each once", async () => {
  const clock = makeClock();
  const mint = countingMint(1);
  await using store = await openMemoryStore({ clock });
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
    });
    return sessionId;
  };
  const waiting = new Set<SessionId>();
  for (let count = 0; count < MANY; count++) waiting.add(await park(projectId));
  const other = await park(null);
  const told: SessionId[] = [];
  const project = {
    ...{ id: projectId, workspaceId: principal.workspaceId },
    body: { budget: { usd: null, tokens: 2 } },
  } as unknown as Project;
  const deps = {
    store,
    commit,
    clock,
    mint,
    queue: makeKeyedQueue(),
    onControl: (id: SessionId) => void told.push(id),
  };
  // Nothing here has a working tree.
  await resumeBudget({ ...deps, checkouts: undefined as never }, project);
  expect(told).toHaveLength(MANY);
  expect(new Set(told)).toEqual(waiting);
  expect((await store.readSession(other))?.facts.needs).toEqual(["budget"]);
  for (const id of waiting) expect((await store.readSession(id))?.facts.needs).toEqual([]);
});
