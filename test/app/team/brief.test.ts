/** What agents are told of one another, gathered from a store in memory over real use cases. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Principal } from "../../../src/app/principal.ts";
import { makeKinds } from "../../../src/app/records/kinds.ts";
import type { Fact } from "../../../src/core/events/envelope.ts";
import { formatId } from "../../../src/core/ids.ts";
import type { IdKind, MintId, SessionId, UserId } from "../../../src/core/ids.ts";
import type { Clock } from "../../../src/core/ports/clock.ts";
import type { PresenceChange } from "../../../src/core/ports/team.ts";
import { RESERVATION_TTL_MS } from "../../../src/core/team/reservation.ts";
import type { ReservationId } from "../../../src/core/team/reservation.ts";
import type { Tree } from "../../../src/core/team/tree.ts";
import { makeTeamUses } from "../../../src/main/team-uses.ts";
import { openMemoryStore } from "../../store/memory-store.ts";
import { appendFacts } from "../../doors/native/log-writer.ts";
import { agentId } from "../../doors/native/open-native.ts";
import { makeScriptHarness } from "../script-harness.ts";
import { openEngine, principal } from "../engine-world.ts";
import type { Engine } from "../engine-world.ts";

let wall = Date.UTC(2026, 0, 1, 12);
const clock: Clock = { now: () => wall, monotonic: () => wall };
let count = 0;
const mint: MintId = <K extends IdKind>(kind: K) =>
  formatId<K>(kind, wall + ++count, count.toString(16).padStart(20, "0"));

const tree: Tree = {
  repository: "github.com/acme/app",
  tree: "laptop /app",
  host: "laptop",
  root: "/app",
  ignoresCase: false,
};

let engine: Engine;
let team: ReturnType<typeof makeTeamUses>;
let ada: Principal;
let ben: Principal;

async function makeUser(name: string): Promise<Principal> {
  const userId: UserId = mint("user");
  const body = JSON.stringify({ display_name: name });
  const { workspaceId } = principal;
  await engine.store.writeRecord({ kind: "create", record: { kind: "user", id: userId, workspaceId, name, body } });
  return { ...principal, userId };
}

async function begin(who: Principal, presence: PresenceChange = {}): Promise<SessionId> {
  const made = await engine.createSession(who, { origin: "hooks", agentId });
  if (!made.ok) throw new Error(`No session: ${made.refusal.code}`);
  const { id } = made.value;
  await say(id, { agentType: "cursor", conversationId: id, tree, ...presence });
  return id;
}

async function say(sessionId: SessionId, presence: PresenceChange): Promise<void> {
  const result = await engine.commit({ sessionId, events: [], team: { presence } });
  expect(result.kind).toBe("committed");
}

/** As a `pre` and its `post` leave it: the row and the event. */
async function take(
  sessionId: SessionId,
  path: string,
  { branch = null, ...where }: Partial<Tree> & { readonly branch?: string | null } = {},
): Promise<ReservationId> {
  const id: ReservationId = mint("reservation");
  const wish = {
    tree: { ...tree, ...where },
    branch,
    policy: "warn",
    mode: "exclusive",
    holderId: sessionId,
    paths: [{ key: path, path, isDirectory: false }],
    ttlMs: RESERVATION_TTL_MS,
    provisionalFor: null,
  } as const;
  const { repository } = wish.tree;
  const fact: Fact = {
    type: "reservation.acquired",
    data: { reservation_ids: [id], paths: [path], repository, mode: "exclusive", ttl_ms: RESERVATION_TTL_MS },
  };
  const result = await engine.commit({
    sessionId,
    events: [{ id: mint("event"), type: fact.type, contextJson: "{}", dataJson: JSON.stringify(fact.data) }],
    team: { reservations: [{ kind: "take", wish, ids: [id] }] },
  });
  expect(result.kind).toBe("committed");
  return id;
}

function released(path: string, id: ReservationId): Fact {
  const reserved = { reservation_ids: [id], paths: [path], repository: tree.repository };
  return { type: "reservation.released", data: { ...reserved, reason: "released" } };
}

function pass(ms: number): void {
  wall += ms;
}

beforeEach(async () => {
  const store = await openMemoryStore({ clock });
  engine = openEngine({ store, clock, mint, node: mint("node"), harness: makeScriptHarness({ steps: [] }), slots: 0 });
  const kinds = makeKinds({ store, mint, environment: { providers: [], models: [] } });
  team = makeTeamUses({ store, commit: engine.commit, clock, mint, records: { kinds } });
  [ada, ben] = [await makeUser("Ada"), await makeUser("Developer B")];
});
afterEach(async () => {
  expect(engine.faults).toEqual([]);
  await engine[Symbol.asyncDispose]();
});

describe("the briefing of an agent that begins", () => {
  it("is the page's example, word for word", async () => {
    const one = await begin(ben, { task: "Build JWT auth flow" });
    await take(one, "src/auth/login.ts");
    await team.decisions.record(ben, { title: "Use JWT for auth", sessionId: one });
    const mine = await begin(ada, { agentType: "claude_code" });
    pass(5 * 60_000 - 1);
    await say(one, { currentFile: "src/auth/login.ts" });
    pass(1);
    expect(await team.briefs.whole(ada, mine)).toBe(
      "Team briefing:\n\nActive agents:\n - Developer B (Cursor): Build JWT auth flow\n\n" +
        "Locked files:\n - src/auth/login.ts (Developer B)\n\n" +
        "Recent decisions:\n - Use JWT for auth (Developer B, 5 min ago)",
    );
  });

  it("does not tell it of itself, and says so when nobody else is there", async () => {
    const mine = await begin(ada, { task: "Alone" });
    expect(await team.briefs.whole(ada, mine)).toBe("No other agents are active.");
    pass(6 * 60_000);
    const later = await begin(ada);
    expect(await team.briefs.whole(ada, later)).toBe("No other agents are active.");
  });

  it("leaves out superseded decisions, and tells conventions that are a must", async () => {
    const old = await team.decisions.record(ben, { title: "Use cookies" });
    if (!old.ok) throw new Error("No decision");
    await team.decisions.record(ben, { title: "Use tokens", supersedes: old.value.id });
    await team.conventions.create(ben, { title: "No any", tier: "must", globs: ["src/**"] });
    await team.conventions.create(ben, { title: "Small files" });
    const text = await team.briefs.whole(ada, await begin(ada));
    expect(text).toContain("Recent decisions:\n - Use tokens (Developer B, just now)");
    expect(text).not.toContain("cookies");
    expect(text).toContain("Conventions that are a must:\n - No any (src/**)");
    expect(text).not.toContain("Small files");
  });

  it("tells what one's own earlier work still locks, and only of the repository one works in", async () => {
    const before = await begin(ada, { agentType: "claude_code" });
    await take(before, "src/mine.ts");
    const other = await begin(ben);
    await take(other, "src/theirs.ts");
    await take(other, "lib/elsewhere.ts", { repository: "github.com/acme/lib", tree: "laptop /lib", root: "/lib" });
    pass(6 * 60_000);
    await say(other, { task: "Still here" });
    const text = await team.briefs.whole(ada, await begin(ada, { agentType: "claude_code" }));
    expect(text).toContain("Locked files:\n - src/theirs.ts (Developer B)");
    expect(text).toContain("Still locked by your earlier work:\n - src/mine.ts (4 min remaining)");
    expect(text).not.toContain("elsewhere");
  });

  it("tells of files that several hold in trees of their own", async () => {
    const [one, two] = [await begin(ben), await begin(await makeUser("Cleo"))];
    await take(one, "src/a.ts", { branch: "main" });
    await take(two, "src/a.ts", { tree: "desk /app", host: "desk", branch: "fix" });
    const text = await team.briefs.whole(ada, await begin(ada));
    expect(text).toContain("src/a.ts (Developer B, on main)");
    const [, holders = ""] = /Held on several branches at once:\n - src\/a\.ts \((.*)\)/.exec(text) ?? [];
    expect(holders.split("; ").toSorted()).toEqual(["Cleo on fix", "Developer B on main"]);
  });

  it("has what waits for a session only when asked, and tells nobody of another workspace anything", async () => {
    const [one, mine] = [await begin(ben), await begin(ada)];
    const notices = [{ to: mine, text: "src/a.ts is free again" }];
    await engine.commit({ sessionId: one, events: [], team: { notices } });
    const text = async (who: Principal, withMessages: boolean) => {
      const brief = await team.briefs.brief(who, { sessionId: mine, withMessages });
      return brief.ok ? brief.value : brief.refusal.code;
    };
    expect(await text(ada, true)).toContain("Messages:\n - src/a.ts is free again");
    expect(await text(ada, false)).not.toContain("free again");
    const stranger = { ...ada, workspaceId: mint("workspace") };
    expect(await text(stranger, true)).toBe("not_found");
    expect(await team.briefs.brief(stranger)).toEqual({ ok: true, value: "No other agents are active." });
  });
});

describe("what is new with a prompt", () => {
  it("is nothing when nothing happened, and each thing once", async () => {
    const one = await begin(ben, { task: "Build JWT auth flow" });
    const mine = await begin(ada);
    await team.briefs.whole(ada, mine);
    expect(await team.briefs.delta(ada, mine)).toBeNull();
    await take(one, "src/a.ts");
    await team.decisions.record(ben, { title: "Use JWT", sessionId: one });
    const two = await begin(ben, { agentType: "codex", task: "Fix the build", branch: "fix" });
    expect(await team.briefs.delta(ada, mine)).toBe(
      "Team news:\n\nSince you were last told:\n - Locked: src/a.ts (Developer B)\n - Decided: Use JWT (Developer B)\n" +
        " - Has begun: Developer B (Codex) on fix: Fix the build",
    );
    expect(await team.briefs.delta(ada, mine)).toBeNull();
    await take(two, "src/b.ts");
    expect(await team.briefs.delta(ada, mine)).toContain("src/b.ts");
  });

  it("is not what one did oneself, what came and went, or what is in another repository", async () => {
    const one = await begin(ben);
    const held = await take(one, "src/a.ts");
    const mine = await begin(ada);
    await team.briefs.whole(ada, mine);
    await take(mine, "src/mine.ts");
    const brief = await take(one, "src/brief.ts");
    await appendFacts({ engine }, one, [released("src/brief.ts", brief)]);
    await take(one, "lib/x.ts", { repository: "github.com/acme/lib", tree: "laptop /lib", root: "/lib" });
    await appendFacts({ engine }, one, [{ type: "session.idled", data: {} }]);
    expect(await team.briefs.delta(ada, mine)).toBeNull();
    await appendFacts({ engine }, one, [released("src/a.ts", held)]);
    expect(await team.briefs.delta(ada, mine)).toBe("Team news:\n\nSince you were last told:\n - Free again: src/a.ts");
  });

  it("is everything for an agent that was never told anything, unless nobody is there", async () => {
    const mine = await begin(ada);
    expect(await team.briefs.delta(ada, mine)).toBeNull();
    const late = await begin(ben, { task: "Build JWT auth flow" });
    expect(await team.briefs.delta(ben, late)).toContain("Team briefing:\n\nActive agents:\n - Ada (Cursor)");
  });
});
