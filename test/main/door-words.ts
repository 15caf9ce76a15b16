/**
 * What five doors call a session, and what each state is called at them. A list that is filtered by a word has exactly the
 * sessions that show it (S7), so whoever reads the words looks at the lists too.
 */
import { expect } from "vitest";
import type { DialectWorld } from "../doors/dialect-world.ts";

export interface Words {
  readonly native: readonly [status: string, activity: string];
  readonly viben: string;
  readonly agen: readonly [status: string, agentStatus: string];
  readonly ennio: readonly [status: string, activity: string];
  /** Whether it is among those that are at work. */
  readonly enagrams: boolean;
  /** Whether Ennio lists it. */
  readonly isListed: boolean;
}

/** One that is open: everybody sees it, and what it does is one activity at all doors. */
const open = (words: Partial<Words>): Words => ({
  native: ["idle", "ready"],
  viben: "active",
  agen: ["active", "ready"],
  ennio: ["Working", "Ready"],
  enagrams: true,
  isListed: true,
  ...words,
});

/** Of a session that rests: nothing but Ennio's status tells of what became of its work. */
const delivered = (word: string, isListed = true) => open({ ennio: [word, "Ready"], isListed });

/** Failing checks are somebody's to see to, so the agent is blocked. */
const failing = (word: string) =>
  open({ native: ["idle", "blocked"], agen: ["active", "blocked"], ennio: [word, "Blocked"] });

const over = (native: string, viben: string, ennio: string, isListed = false): Words => ({
  native: [native, "exited"],
  viben,
  agen: [native, "exited"],
  ennio: [ennio, "Exited"],
  enagrams: false,
  isListed,
});

export const states = {
  created: open({ viben: "created", agen: ["created", "ready"] }),
  rested: open({}),
  active: open({ native: ["active", "active"], agen: ["active", "active"], ennio: ["Working", "Active"] }),
  waiting: open({
    native: ["active", "waiting_input"],
    agen: ["active", "waiting_input"],
    ennio: ["Working", "WaitingInput"],
  }),
  paused: open({ viben: "paused", agen: ["paused", "ready"] }),
  draft: delivered("PrDraft"),
  open: delivered("PrOpen"),
  green: delivered("CiPassing"),
  inReview: delivered("ReviewPending"),
  sentBack: delivered("ChangesRequested"),
  approved: delivered("Approved"),
  clashing: delivered("MergeConflicts"),
  red: failing("CiFailed"),
  fixSent: failing("CiFixSent"),
  fixFailed: failing("CiFixFailed"),
  merged: delivered("Merged", false),
  completed: over("completed", "completed", "Done"),
  failed: over("failed", "failed", "Exited", true),
  killed: over("killed", "failed", "Killed"),
} as const satisfies Record<string, Words>;
export type State = keyof typeof states;

const pr = { number: 42, url: "https://github.com/org/repo/pull/42", state: "open" };
const BEFORE = "1f0c2d3e4a5b6978";
const AFTER = "9a8b7c6d5e4f3021";
const red = { pr, checks: "failing", checks_head: BEFORE };
const green = { pr, checks: "passing" };

/** What whoever watches the forge says, one after the other. */
export const deliveries = {
  draft: [{ pr: { ...pr, draft: true } }],
  open: [{ pr }],
  green: [green],
  inReview: [{ ...green, review: "pending" }],
  sentBack: [{ ...green, review: "changes_requested" }],
  approved: [{ ...green, review: "approved" }],
  clashing: [{ ...green, review: "approved", mergeable: false }],
  red: [red],
  fixSent: [{ ...red, fix: { sent_for: BEFORE } }],
  fixFailed: [
    { ...red, fix: { sent_for: BEFORE } },
    { pr, checks: "pending", checks_head: AFTER },
    { pr, checks: "failing", checks_head: AFTER },
  ],
  merged: [green, { pr: { ...pr, state: "merged" } }],
} as const satisfies Partial<Record<State, readonly object[]>>;
export type Delivered = keyof typeof deliveries;

interface Shown {
  readonly id: string;
  readonly status: string;
  readonly activity: string;
  readonly agent_status: string;
}

const DOORS = { native: "/api/v1", viben: "/api", agen: "/agen/api/v1", ennio: "/ennio/api/v1" } as const;

export async function wordsOf(world: DialectWorld, id: string): Promise<Words> {
  const get = async <T>(door: string, path: string) => (await world.door(door)<T>("GET", path)).body;
  const native = await get<Shown>(DOORS.native, `/sessions/${id}`);
  const viben = await get<Shown>(DOORS.viben, `/sessions/${id}`);
  const agen = await get<Shown>(DOORS.agen, `/sessions/${id}`);
  const { data: ennio } = await get<{ data: Shown }>(DOORS.ennio, `/sessions/${id}`);
  const { data: listed } = await get<{ data: readonly Shown[] }>(DOORS.ennio, "/sessions");
  const present = await get<readonly Shown[]>("/workspaces", "/default/sessions");
  return {
    native: [native.status, native.activity],
    viben: viben.status,
    agen: [agen.status, agen.agent_status],
    ennio: [ennio.status, ennio.activity],
    enagrams: present.some((each) => each.id === id),
    isListed: listed.some((each) => each.id === id),
  };
}

const FILTERS = {
  native: ["idle", "active", "completed", "failed", "killed"],
  viben: ["created", "active", "paused", "completed", "failed"],
  agen: ["created", "active", "paused", "completed", "failed", "killed"],
} as const;

/** S7, V3: by each word of each door, the list has it or has it not. */
export async function isListedAs(world: DialectWorld, id: string, words: Words): Promise<void> {
  const shown = { native: words.native[0], viben: words.viben, agen: words.agen[0] };
  for (const door of ["native", "viben", "agen"] as const) {
    for (const word of FILTERS[door]) {
      const { body } = await world.door(DOORS[door])<{ data?: Shown[]; sessions?: Shown[] }>(
        "GET",
        `/sessions?status=${word}&limit=1000`,
      );
      const isIn = (body.data ?? body.sessions ?? []).some((each) => each.id === id);
      expect([door, word, isIn]).toEqual([door, word, word === shown[door]]);
    }
  }
}

export async function isNowhere(world: DialectWorld, id: string): Promise<void> {
  for (const door of Object.values(DOORS)) {
    expect((await world.door(door)("GET", `/sessions/${id}`)).status).toBe(404);
  }
  const present = await world.door("/workspaces")<readonly Shown[]>("GET", "/default/sessions");
  expect(present.body.some((each) => each.id === id)).toBe(false);
}
