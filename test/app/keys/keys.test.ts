import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { makeKeys } from "../../../src/app/keys/keys.ts";
import type { UserNamed } from "../../../src/app/keys/user-named.ts";
import { RecentMap } from "../../../src/app/recent-map.ts";
import { requireRole } from "../../../src/app/keys/require-role.ts";
import { BROWSER_KEY_LIFE_MS, makeSignIn, SIGN_IN_TOKEN_LIFE_MS } from "../../../src/app/keys/sign-in.ts";
import { makeVerbatimKeys } from "../../../src/app/keys/verbatim-keys.ts";
import { formatId } from "../../../src/core/ids.ts";
import type { UserId } from "../../../src/core/ids.ts";
import { accept } from "../../../src/core/refusal.ts";
import { openMemoryStore } from "../../store/memory-store.ts";
import {
  codeOf,
  countingMint,
  makeTestClock,
  member,
  owner,
  stranger,
  valueOf,
  viewer,
} from "../records/records-world.ts";

const ADMIN_KEY = "an-admin-key-of-thirty-two-letters";

async function openKeys({ admin = ADMIN_KEY }: { readonly admin?: string } = {}) {
  let ms = 1_800_000_000_000;
  const clock = {
    now: () => ms,
    monotonic: () => ms,
    pass(byMs: number) {
      ms += byMs;
    },
  };
  const store = await openMemoryStore({ clock });
  const mint = countingMint();
  const faults: Error[] = [];
  const userNamed: UserNamed = async (_, name) => accept(formatId("user", 1, String(name).padEnd(20, "0")) as UserId);
  const deps = { store, mint, clock, userNamed, randomBytes: (count: number) => randomBytes(count) };
  const verbatim = valueOf(makeVerbatimKeys([{ name: "SERAI_ADMIN_KEY", text: admin, role: "owner" }], owner));
  const keys = makeKeys({ ...deps, verbatim, onFault: (error) => faults.push(error) });
  /** Another node over the same store. */
  const other = makeKeys({ ...deps, verbatim, onFault: (error) => faults.push(error) });
  return { clock, store, keys, other, faults, signIn: makeSignIn(deps), verbatim };
}

describe("keys", () => {
  it("H10: of a session's program are bound to it, and say nothing of what their user may do", async () => {
    const { keys } = await openKeys();
    const sessionId = formatId("session", 1, "0".repeat(20));
    const minted = valueOf(await keys.mint(owner, { name: "Session", sessionId }));
    expect(valueOf(await keys.authenticate(minted.text))).toMatchObject({ role: "member", boundTo: sessionId });
    expect(valueOf(await keys.get(owner, minted.key.id))).toMatchObject({ sessionId });
    expect((await keys.userRoles(owner)).get(owner.userId)).toEqual(["owner"]);
    valueOf(await keys.mint(owner, { name: "ci" }));
    expect((await keys.userRoles(owner)).get(owner.userId)).toEqual(["owner", "member"]);
  });

  it("are shown once, begin as asked, and let their bearer in with their role", async () => {
    const { keys } = await openKeys();
    const srk = valueOf(await keys.mint(owner, { name: "ci" }));
    const ek = valueOf(await keys.mint(owner, { name: "hooks", prefix: "ek", role: "viewer" }));
    expect(srk.text).toMatch(/^srk_[0-9a-f]{32}_[A-Za-z0-9_-]{43}$/);
    expect(ek.text).toMatch(/^ek_[0-9a-f]{32}_/);
    const { workspaceId, userId } = owner;
    expect(valueOf(await keys.authenticate(srk.text))).toEqual({
      workspaceId,
      userId,
      keyId: srk.key.id,
      role: "member",
    });
    expect(valueOf(await keys.authenticate(ek.text)).role).toBe("viewer");
  });

  it("are kept as hashes: nothing in the store or in a list opens anything (canary)", async () => {
    const { keys, store } = await openKeys();
    const { text, key } = valueOf(await keys.mint(owner, { name: "ci" }));
    const secret = text.slice(-43);
    const kept = inspect([await store.readKey(key.id), await keys.list(owner), await keys.get(owner, key.id)], {
      depth: Infinity,
    });
    expect(kept).not.toContain(secret);
    expect(kept).not.toContain(ADMIN_KEY);
    const views = valueOf(await keys.list(owner));
    for (const view of views) expect(view).not.toHaveProperty("secretSha256");
    expect(codeOf(await keys.authenticate(key.secretSha256))).toBe("unauthenticated");
    expect(codeOf(await keys.authenticate(`srk_${key.id.slice(4)}_${key.secretSha256}`))).toBe("unauthenticated");
  });

  it("must be right to the last character", async () => {
    const { keys } = await openKeys();
    const { text } = valueOf(await keys.mint(owner, { name: "ci" }));
    const wrong = [
      "",
      "srk_",
      text.slice(0, -1),
      `${text}x`,
      ` ${text}`,
      text.replace("srk_", "ek_"),
      text.toUpperCase(),
      "x".repeat(100_000),
      "\0",
    ];
    for (const each of wrong) {
      expect(await keys.authenticate(each)).toEqual({
        ok: false,
        refusal: { code: "unauthenticated", reason: "the key is unknown" },
      });
    }
  });

  it("are handed out, listed and revoked by owners", async () => {
    const { keys } = await openKeys();
    const { key } = valueOf(await keys.mint(owner, { name: "ci" }));
    for (const who of [member, viewer]) {
      const answers = [
        await keys.mint(who, { name: "x" }),
        await keys.list(who),
        await keys.get(who, key.id),
        await keys.revoke(who, key.id),
      ];
      expect(answers.map(codeOf)).toEqual(["forbidden", "forbidden", "forbidden", "forbidden"]);
    }
  });

  it("of another workspace look like keys that are not there", async () => {
    const { keys } = await openKeys();
    const { key } = valueOf(await keys.mint(owner, { name: "ci" }));
    const absent = formatId("key", 9, "9".repeat(20));
    for (const id of [key.id, absent]) {
      const notFound = { ok: false, refusal: { code: "not_found", kind: "key", id } };
      expect(await keys.get(stranger, id)).toEqual(notFound);
      expect(await keys.revoke(stranger, id)).toEqual(notFound);
    }
    expect(valueOf(await keys.list(stranger))).toEqual([]);
  });

  it("end when they are revoked: here at once, on another node within 5 s", async () => {
    const { keys, other, clock } = await openKeys();
    const { text, key } = valueOf(await keys.mint(owner, { name: "ci" }));
    const bearer = { keyId: key.id };
    valueOf(await keys.authenticate(text));
    valueOf(await other.authenticate(text));
    valueOf(await keys.revoke(owner, key.id));
    const revoked = { ok: false, refusal: { code: "unauthenticated", reason: "the key was revoked" } };
    expect(await keys.authenticate(text)).toEqual(revoked);
    expect(await keys.isStillValid(bearer)).toBe(false);
    clock.pass(1_000);
    expect(await other.authenticate(text)).toEqual(revoked);
    expect(await other.isStillValid(bearer)).toBe(false);
    expect(codeOf(await keys.revoke(owner, key.id))).toBe("accepted");
    expect(valueOf(await keys.get(owner, key.id)).revokedAt).not.toBeNull();
  });

  it("end in the very millisecond in which they expire, remembered or not", async () => {
    const { keys, clock } = await openKeys();
    const expiresAt = new Date(clock.now() + 500).toISOString();
    const { text, key } = valueOf(await keys.mint(owner, { name: "ci", expiresAt }));
    clock.pass(499);
    valueOf(await keys.authenticate(text));
    expect(await keys.isStillValid({ keyId: key.id })).toBe(true);
    clock.pass(1);
    expect(await keys.authenticate(text)).toEqual({
      ok: false,
      refusal: { code: "unauthenticated", reason: "the key has expired" },
    });
    expect(await keys.isStillValid({ keyId: key.id })).toBe(false);
  });

  it("expire in the future, at a time that can be read", async () => {
    const { keys, clock } = await openKeys();
    for (const expiresAt of ["soon", new Date(clock.now()).toISOString()]) {
      const answer = await keys.mint(owner, { name: "ci", expiresAt });
      expect(answer).toMatchObject({ ok: false, refusal: { code: "invalid_input", path: "/expires_at" } });
    }
  });

  it("cannot take the name under which the server keeps its own", async () => {
    const { keys } = await openKeys();
    expect(codeOf(await keys.mint(owner, { name: "admin.key@host" }))).toBe("already_exists");
    expect(codeOf(await keys.mint(owner, { name: "" }))).toBe("invalid_input");
  });

  it("ask the store at most once a second, and note their use at most once a minute", async () => {
    const { keys, store, clock } = await openKeys();
    const { text, key } = valueOf(await keys.mint(owner, { name: "ci" }));
    const counts = { reads: 0, touches: 0 };
    const { readKey, touchKey } = store;
    store.readKey = (id) => (counts.reads++, readKey(id));
    store.touchKey = (id) => (counts.touches++, touchKey(id));
    for (let request = 0; request < 120; request++) {
      valueOf(await keys.authenticate(text));
      valueOf(await keys.authenticate(text));
      clock.pass(1_000);
    }
    expect(counts).toEqual({ reads: 120, touches: 2 });
    expect(valueOf(await keys.get(owner, key.id)).lastUsedAt).not.toBeNull();
  });

  it("let their bearer in although their use cannot be noted", async () => {
    const { keys, store, faults } = await openKeys();
    const { text } = valueOf(await keys.mint(owner, { name: "ci" }));
    store.touchKey = () => Promise.reject(new Error("The disk is full"));
    expect(codeOf(await keys.authenticate(text))).toBe("accepted");
    await Promise.resolve();
    expect(faults).toHaveLength(1);
    expect(inspect(faults, { depth: Infinity })).not.toContain(text.slice(-43));
  });
});

describe("keys of the configuration", () => {
  it("are taken as they are and stay valid as long as the server runs", async () => {
    const { keys, verbatim } = await openKeys();
    const who = valueOf(await keys.authenticate(ADMIN_KEY));
    expect(who).toMatchObject({ workspaceId: owner.workspaceId, role: "owner" });
    expect(await keys.isStillValid(who)).toBe(true);
    expect(codeOf(await keys.authenticate(`${ADMIN_KEY}x`))).toBe("unauthenticated");
    expect(verbatim.keys[0]?.id).toBe(who.keyId);
  });

  it("are listed without their text and cannot be revoked there", async () => {
    const { keys, verbatim } = await openKeys();
    const [listed] = valueOf(await keys.list(owner));
    expect(listed).toMatchObject({ name: "SERAI_ADMIN_KEY", source: "configuration", role: "owner" });
    const id = verbatim.keys[0]?.id ?? owner.keyId;
    if (id === null) throw new Error("The key has an id");
    expect(await keys.revoke(owner, id)).toEqual({
      ok: false,
      refusal: { code: "read_only", kind: "key", name: "SERAI_ADMIN_KEY" },
    });
    expect(codeOf(await keys.revoke(stranger, id))).toBe("not_found");
  });

  it("are another key when their text is another", async () => {
    const [one, two] = [await openKeys(), await openKeys({ admin: `${ADMIN_KEY}-2` })];
    const before = valueOf(await one.keys.authenticate(ADMIN_KEY));
    expect(codeOf(await two.keys.authenticate(ADMIN_KEY))).toBe("unauthenticated");
    expect(await two.keys.isStillValid(before)).toBe(false);
  });

  it("are refused when they could be guessed, without being repeated", () => {
    const text = "short-canary";
    const answer = makeVerbatimKeys([{ name: "SERAI_ADMIN_KEY", text, role: "owner" }], owner);
    expect(answer).toMatchObject({ ok: false, refusal: { code: "invalid_input", path: "/SERAI_ADMIN_KEY" } });
    expect(JSON.stringify(answer)).not.toContain("canary");
  });
});

describe("the sign-in link", () => {
  it("gives a key for the browser, once", async () => {
    const { signIn, keys, clock } = await openKeys();
    const token = signIn.issue({ ...owner, role: "owner" });
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const { text, key } = valueOf(await signIn.redeem(token));
    expect(valueOf(await keys.authenticate(text))).toMatchObject({ workspaceId: owner.workspaceId, role: "owner" });
    expect(Date.parse(key.expiresAt ?? "") - clock.now()).toBe(BROWSER_KEY_LIFE_MS);
    expect(codeOf(await signIn.redeem(token))).toBe("unauthenticated");
    expect(codeOf(await keys.authenticate(token))).toBe("unauthenticated");
  });

  it("lets one of two in who follow it at once", async () => {
    const { signIn } = await openKeys();
    const token = signIn.issue({ ...owner, role: "owner" });
    const answers = await Promise.all([signIn.redeem(token), signIn.redeem(token)]);
    expect(answers.map(codeOf).toSorted()).toEqual(["accepted", "unauthenticated"]);
  });

  it("is void after ten minutes, and so is any other text", async () => {
    const { signIn, clock } = await openKeys();
    const token = signIn.issue({ ...owner, role: "owner" });
    clock.pass(SIGN_IN_TOKEN_LIFE_MS);
    for (const text of [token, "", "x".repeat(5_000)])
      expect(codeOf(await signIn.redeem(text))).toBe("unauthenticated");
  });
});

describe("a map that forgets", () => {
  it("keeps no more than it may, and drops what was set longest ago", () => {
    const map = new RecentMap<number, string>({ capacity: 2, lifeMs: 1_000_000, clock: makeTestClock() });
    map.set(1, "a");
    map.set(2, "b");
    map.set(1, "again");
    map.set(3, "c");
    expect([map.size, map.get(1), map.get(2), map.get(3)]).toEqual([2, "again", undefined, "c"]);
  });
});

describe("roles", () => {
  it.each([
    ["viewer", "member", "forbidden"],
    ["viewer", "owner", "forbidden"],
    ["member", "member", "accepted"],
    ["member", "owner", "forbidden"],
    ["owner", "member", "accepted"],
    ["owner", "owner", "accepted"],
  ] as const)("a %s may do what needs a %s: %s", (role, least, answer) => {
    expect(codeOf(requireRole({ role }, least))).toBe(answer);
  });
});
