/** For which session a client of the protocol acts, by where it is and when its agents were heard of. */
import { describe, expect, it } from "vitest";
import type { Principal } from "../../../src/app/principal.ts";
import { makeFindCaller } from "../../../src/app/team/tools/find-caller.ts";
import type { FindCallerDeps } from "../../../src/app/team/tools/find-caller.ts";
import type { Present } from "../../../src/core/ports/team.ts";
import { treeOf } from "../../../src/core/team/resolve-path.ts";

const NOW = Date.parse("2026-01-01T12:00:00.000Z");
const report = {
  root: "/home/dev/app",
  commonDir: "/home/dev/app/.git",
  origin: "git@example.com:a/b.git",
  host: "laptop",
};
// As the store has them; only what the search reads.
const principal = { workspaceId: "w", userId: "u", keyId: null, role: "member" } as unknown as Principal;

interface Agent {
  readonly id: string;
  readonly minutesAgo: number;
  readonly agentType?: string;
  readonly user?: string;
  readonly isEnded?: boolean;
}

function presentOf({ id, minutesAgo, agentType = "claude_code", user = "u", isEnded = false }: Agent): Present {
  const heardAt = new Date(NOW - minutesAgo * 60_000).toISOString();
  const presence = { agentType, tree: treeOf(report), heardAt, endedAt: isEnded ? heardAt : null, task: null };
  const session = { id, createdBy: user, harness: "observed", edit: { title: null } };
  return { session, presence, heldPaths: [] } as unknown as Present;
}

async function found(agents: readonly Agent[], clientName?: string) {
  const store: Partial<FindCallerDeps["store"]> = {
    listPresent: async ({ sinceMs }) =>
      agents.map(presentOf).filter(({ presence }) => Date.parse(presence?.heardAt ?? "") >= sinceMs),
    findPresence: async () => undefined,
    readSession: async () => undefined,
  };
  const deps = { store, clock: { now: () => NOW } } as unknown as FindCallerDeps;
  const { signal } = new AbortController();
  const hints = { report, conversationId: "c", signal, ...(clientName === undefined ? {} : { clientName }) };
  const caller = await makeFindCaller(deps)(principal, hints);
  if (!caller.ok) throw new Error(caller.refusal.code);
  const { knownSessionId, unclear } = caller.value;
  return { id: knownSessionId, isUnclear: unclear !== undefined };
}

const nobody = { id: null, isUnclear: false };

describe("a client in a working tree", () => {
  it("acts for the one agent there that was heard of lately", async () => {
    expect(await found([{ id: "a", minutesAgo: 1 }])).toEqual({ id: "a", isUnclear: false });
    expect(
      await found([
        { id: "a", minutesAgo: 1 },
        { id: "old", minutesAgo: 20 },
      ]),
    ).toEqual({ id: "a", isUnclear: false });
  });

  it("acts for the one that has been silent over a long tool call", async () => {
    expect(await found([{ id: "busy", minutesAgo: 50 }])).toEqual({ id: "busy", isUnclear: false });
    expect(
      await found([
        { id: "a", minutesAgo: 50 },
        { id: "b", minutesAgo: 20 },
      ]),
    ).toEqual(nobody);
    expect(await found([{ id: "gone", minutesAgo: 90 }])).toEqual(nobody);
  });

  it("is asked which one it is where there are several", async () => {
    expect(
      await found([
        { id: "a", minutesAgo: 1 },
        { id: "b", minutesAgo: 2 },
      ]),
    ).toEqual({ id: null, isUnclear: true });
  });

  it("is nobody that has ended, is another user's, is of another kind, or is a client itself", async () => {
    expect(await found([{ id: "a", minutesAgo: 1, isEnded: true }])).toEqual(nobody);
    expect(await found([{ id: "a", minutesAgo: 1, user: "other" }])).toEqual(nobody);
    expect(await found([{ id: "a", minutesAgo: 1 }], "codex-mcp-client")).toEqual(nobody);
    expect(await found([{ id: "a", minutesAgo: 1, agentType: "custom" }])).toEqual(nobody);
    expect(
      await found(
        [
          { id: "a", minutesAgo: 1 },
          { id: "c", minutesAgo: 1, agentType: "codex" },
        ],
        "codex",
      ),
    ).toEqual({
      id: "c",
      isUnclear: false,
    });
  });
});
