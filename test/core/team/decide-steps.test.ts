/** Deciding about reservations, as a pure function: what no store has to be asked for. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { slid } from "../../../src/core/team/deadlines.ts";
import { decideTake, OVERLAPS_TOLD, severityOf } from "../../../src/core/team/decide-take.ts";
import type { Wish } from "../../../src/core/team/decide-take.ts";
import { afterFailure } from "../../../src/core/team/grant.ts";
import { grantNameOf } from "../../../src/core/team/grant-names.ts";
import type { SessionId, WorkspaceId } from "../../../src/core/ids.ts";
import type { Reservation, ReservationId } from "../../../src/core/team/reservation.ts";

const now = Date.UTC(2026, 0, 1, 12);
const at = (ms: number) => new Date(now + ms).toISOString();
const [a, b] = ["ses_a" as SessionId, "ses_b" as SessionId];
const path = { key: "a.ts", path: "a.ts", isDirectory: false };

const row: Reservation = {
  id: "rsv_1" as ReservationId,
  workspaceId: "wsp_1" as WorkspaceId,
  repository: "r",
  tree: "t",
  path,
  mode: "exclusive",
  sessionId: b,
  holderId: b,
  branch: "main",
  token: 1,
  provisionalFor: [],
  takenAt: at(0),
  editedAt: at(0),
  ttlMs: 600_000,
  expiresAt: at(600_000),
  openUntil: null,
};
const wish: Wish = {
  tree: { repository: "r", tree: "t" },
  branch: "main",
  policy: "warn",
  mode: "exclusive",
  sessionId: a,
  holderId: a,
  paths: [path],
};

describe("who stands in the way", () => {
  const policies = ["deny", "warn", "ignore"] as const;
  const cells = [
    // [same tree, holder's branch, own branch] and what each policy comes to
    [true, "main", "main", "deny", "deny", "deny"],
    [true, "main", "other", "deny", "deny", "deny"],
    [true, null, null, "deny", "deny", "deny"],
    [false, "main", "main", "deny", "deny", "deny"],
    [false, null, "main", "deny", "deny", "deny"],
    [false, "main", null, "deny", "deny", "deny"],
    [false, "main", "other", "deny", "warn", "none"],
  ] as const;

  test.each(cells)(
    "R4: same tree %j, on %j, asked on %j: deny %s, warn %s, ignore %s",
    (isSame, theirs, own, ...expected) => {
      const held = { ...row, branch: theirs, tree: isSame ? "t" : "u" };
      const found = policies.map((policy) => severityOf(held, { ...wish, branch: own, policy }));
      expect(found).toEqual(expected);
    },
  );

  test("R2: nobody is in the way of their own root's children", () => {
    expect(severityOf({ ...row, holderId: a }, wish)).toBe("none");
    expect(severityOf(row, { ...wish, sessionId: null, holderId: null })).toBe("deny");
  });

  test.each([
    ["in other trees", { tree: "host-b:/home/b/app" }, OVERLAPS_TOLD],
    ["by sharing it", { mode: "shared" }, OVERLAPS_TOLD],
    ["below a directory", { path: { key: "src/", path: "src/", isDirectory: true } }, OVERLAPS_TOLD],
    ["alone, in this tree", {}, 1],
  ] as const)("R12: no more are read than are told: who has it %s", (_, more, most) => {
    let read = 0;
    function* rows() {
      for (;;) {
        read++;
        yield { ...row, ...more };
      }
    }
    const decided = decideTake(rows, wish, now);
    expect(decided).toMatchObject({ kind: "held", overlaps: { length: most } });
    expect(read).toBe(most);
  });
});

describe("a slide", () => {
  test("R3: never shortens, and never goes further than two hours after the last edit", () => {
    fc.assert(
      fc.property(
        fc.nat(10_000_000),
        fc.integer({ min: 1_000, max: 7_200_000 }),
        fc.nat(7_200_000),
        (age, ttlMs, leftMs) => {
          const held = { ...row, editedAt: at(-age), ttlMs, expiresAt: at(leftMs) };
          const after = slid(held, now);
          if (after === undefined) return;
          expect(after.expiresAt > held.expiresAt).toBe(true);
          expect(Date.parse(after.expiresAt)).toBeLessThanOrEqual(Math.min(now + ttlMs, now - age + 7_200_000));
        },
      ),
    );
  });
});

describe("a failed tool use", () => {
  test("D6: takes only what hangs on it alone", () => {
    expect(afterFailure(row, "t1")).toBe(row);
    expect(afterFailure({ ...row, provisionalFor: ["t1"] }, "t1")).toBeUndefined();
    expect(afterFailure({ ...row, provisionalFor: ["t1", "t2"] }, "t1")).toMatchObject({ provisionalFor: ["t2"] });
    expect(afterFailure({ ...row, provisionalFor: ["t1", "t2"] }, null)).toBeUndefined();
    const within = grantNameOf({ toolUseId: "t3", subagentId: "helper" }) ?? "";
    expect(afterFailure({ ...row, provisionalFor: ["t1", within] }, null)).toMatchObject({ provisionalFor: [within] });
    expect(afterFailure({ ...row, provisionalFor: [within] }, within)).toBeUndefined();
    const other = { ...row, provisionalFor: ["t2"] };
    expect(afterFailure(other, "t1")).toBe(other);
  });
});
