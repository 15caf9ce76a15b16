/** Calls of the team's tools as signs of life: what is held lasts on, and nothing is written for nothing (R3). */
import { describe, expect, it } from "vitest";
import { hearCall } from "../../../src/app/team/tools/hear-call.ts";
import type { HearCallDeps } from "../../../src/app/team/tools/hear-call.ts";
import type { SessionId } from "../../../src/core/ids.ts";
import type { Presence } from "../../../src/core/ports/team.ts";
import type { SessionRecord } from "../../../src/core/session.ts";
import type { Reservation } from "../../../src/core/team/reservation.ts";

const NOW = Date.parse("2026-01-01T12:00:00.000Z");
const at = (seconds: number) => new Date(NOW + seconds * 1_000).toISOString();
const id = "ses_00000000000070008000000000000001" as SessionId;

interface World {
  readonly lifecycle?: "open" | "completed";
  readonly heardSecondsAgo?: number;
  readonly leftSeconds?: number;
}

/** What was written, if something was. */
async function heard({ lifecycle = "open", heardSecondsAgo, leftSeconds }: World): Promise<readonly unknown[]> {
  const written: unknown[] = [];
  const row = { ttlMs: 600_000, editedAt: at(-60), expiresAt: at(leftSeconds ?? 0), openUntil: null } as Reservation;
  const presence = heardSecondsAgo === undefined ? undefined : ({ heardAt: at(-heardSecondsAgo) } as Presence);
  const deps: HearCallDeps = {
    clock: { now: () => NOW },
    store: {
      readSession: async () =>
        ({ id, rootId: null, workspaceId: "w", facts: { lifecycle } }) as unknown as SessionRecord,
      readPresence: async () => presence,
      listReservations: async () => (leftSeconds === undefined ? [] : [row]),
    },
    commit: async ({ team }) => {
      written.push(team);
      return { kind: "absent" };
    },
  };
  await hearCall(deps, id);
  return written;
}

const slide = { kind: "slide", holderId: id };

describe("a call of a team's tool", () => {
  it("says that an agent is there, at most every half minute", async () => {
    expect(await heard({ heardSecondsAgo: 31 })).toEqual([{ presence: {}, reservations: [slide] }]);
    expect(await heard({ heardSecondsAgo: 29 })).toEqual([]);
  });

  it("keeps what is held, once a tenth of its time has passed", async () => {
    expect(await heard({ leftSeconds: 500 })).toEqual([{ reservations: [slide] }]);
    expect(await heard({ leftSeconds: 590 })).toEqual([]);
    expect(await heard({ heardSecondsAgo: 5, leftSeconds: 500 })).toEqual([{ presence: {}, reservations: [slide] }]);
  });

  it("writes nothing for who holds nothing, and for a session that has ended", async () => {
    expect(await heard({})).toEqual([]);
    expect(await heard({ lifecycle: "completed", heardSecondsAgo: 100, leftSeconds: 1 })).toEqual([]);
  });
});
