/** Reservations of hosted tools over a checkout, beside somebody who works in the same folder (R2, R5, R6, R10, R11). */
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { git } from "../../../src/lib/git.ts";
import { put, take } from "../../checkouts/repository.ts";
import { readAll } from "../../store/suite/setting.ts";
import { openCheckoutWorld, sandboxHere } from "./checkout-world.ts";
import type { CheckoutWorld } from "./checkout-world.ts";

let world: CheckoutWorld;

beforeAll(async () => {
  world = await openCheckoutWorld();
});
afterAll(async () => {
  expect(world.faults).toEqual([]);
  await world[Symbol.asyncDispose]();
});

async function events(id: Parameters<typeof readAll>[1]) {
  const lines = await readAll(world.setting.store, id);
  return lines.map(({ type, dataJson }) => ({ type, data: JSON.parse(dataJson) as Record<string, unknown> }));
}

describe("R2: a file tool", () => {
  it("is refused what somebody else has reserved, in words that say who has it and what to do", async () => {
    const agent = await world.agent();
    const other = await world.beside(agent.checkout);
    await other.reserve.before({ callId: "theirs", paths: ["src/"] });
    const refused = await agent.fail("write_file", { path: "src/a.ts", content: "mine" });
    expect(refused).toMatch(
      /^Nothing was changed: File src\/a\.ts is reserved as part of src\/ by .+ Work on another file/,
    );
    expect(await agent.fail("delete_file", { path: "src/b.ts" })).toContain("is reserved");
    expect(await take(agent.checkout.path, "src/a.ts")).toBe("a\n");
    expect(await agent.say("read_file", { path: "src/a.ts" })).toBe("1\ta");
    expect((await events(agent.id)).map(({ type }) => type)).toContain("reservation.denied");
    await other.reserve.after({ callId: "theirs", paths: ["src/"], isDone: false });
    await agent.say("write_file", { path: "src/a.ts", content: "mine" });
  });

  it("holds what it wrote against everybody else, and not what it failed to write", async () => {
    const agent = await world.agent();
    const other = await world.beside(agent.checkout);
    await agent.say("write_file", { path: "held.ts", content: "x" });
    await agent.fail("edit_file", { path: "src/a.ts", old_string: "not there", new_string: "x" });
    expect(await other.reserve.before({ callId: "1", paths: ["held.ts"] })).toMatchObject({ ok: false });
    expect(await other.reserve.before({ callId: "2", paths: ["src/a.ts"] })).toMatchObject({ ok: true });
  });

  it("R4: is warned where the same file is worked on in another checkout of the repository", async () => {
    const [one, two] = [await world.agent(), await world.agent()];
    await one.say("write_file", { path: "both.ts", content: "1" });
    const said = await two.say("write_file", { path: "both.ts", content: "2" });
    expect(said).toContain("both.ts is also being worked on by");
  });

  it("R10: does not write when its reservation has ended while it ran", async () => {
    const agent = await world.agent();
    const other = await world.beside(agent.checkout);
    const path = "src/a.ts";
    const change = agent.tools.files.change({ callId: "slow", path }, async (files) => {
      // As when a person has taken it away by force.
      const held = await world.setting.store.listReservations({
        workspaceId: world.setting.workspaceId,
        sessionId: agent.id,
        limit: 10,
      });
      const steps = [{ kind: "release" as const, ids: held.map(({ id }) => id) }];
      await world.setting.commit({ ...world.setting.fact(agent.id), team: { reservations: steps } });
      expect(await other.reserve.before({ callId: "theirs", paths: [path] })).toMatchObject({ ok: true });
      await writeFile(join(agent.checkout.path, path), "theirs");
      const written = await files.write(path, Buffer.from("stale"));
      return { status: written.ok ? "success" : "error", written };
    });
    const changed = await change;
    expect(changed).toMatchObject({ kind: "ran", result: { status: "error", written: { ok: false } } });
    expect(await take(agent.checkout.path, path)).toBe("theirs");
  });

  it("R10: is refused with a stale token also where nobody has touched the file", async () => {
    const agent = await world.agent();
    const other = await world.beside(agent.checkout);
    const changed = await agent.tools.files.change({ callId: "slow", path: "src/b.ts" }, async (files) => {
      const { workspaceId } = world.setting;
      const [row] = await world.setting.store.listReservations({ workspaceId, sessionId: agent.id, limit: 1 });
      const steps = [{ kind: "release" as const, ids: row === undefined ? [] : [row.id] }];
      await world.setting.commit({ ...world.setting.fact(agent.id), team: { reservations: steps } });
      await other.reserve.before({ callId: "theirs", paths: ["src/b.ts"] });
      const written = await files.write("src/b.ts", Buffer.from("stale"));
      return { status: "error", reason: written.ok ? "" : written.reason };
    });
    const reason = changed.kind === "ran" ? changed.result.reason : "";
    expect(reason).toMatch(/^The reservation ended while the tool ran, .+ File src\/b\.ts is reserved by/);
    expect(await take(agent.checkout.path, "src/b.ts")).toBe("b\n");
  });

  it("does not write over what somebody else wrote while it ran", async () => {
    const agent = await world.agent();
    const { path } = agent.checkout;
    const changed = await agent.tools.files.change({ callId: "slow", path: "src/b.ts" }, async (files) => {
      await put(path, { "src/other": "theirs" });
      await rename(join(path, "src/other"), join(path, "src/b.ts"));
      const written = await files.write("src/b.ts", Buffer.from("mine"));
      return { status: "error", reason: written.ok ? "" : written.reason };
    });
    expect(changed).toMatchObject({
      result: { reason: expect.stringMatching(/^\/src\/b\.ts was changed by somebody/) },
    });
    expect(await take(path, "src/b.ts")).toBe("theirs");
  });

  it("does not write any more once its turn was stopped", async () => {
    const agent = await world.agent();
    const stop = new AbortController();
    const change = { callId: "stopped", path: "src/a.ts", signal: stop.signal };
    const changed = await agent.tools.files.change(change, async (files) => {
      stop.abort();
      return { status: "error", written: await files.write("src/a.ts", Buffer.from("late")) };
    });
    expect(changed).toMatchObject({ result: { written: { reason: "The call was cancelled" } } });
    expect(await take(agent.checkout.path, "src/a.ts")).toBe("a\n");
  });

  it("writes no other path than that which it reserved", async () => {
    const agent = await world.agent();
    const changed = await agent.tools.files.change({ callId: "one", path: "a.txt" }, async (files) => ({
      status: "error",
      written: await files.write("b.txt", Buffer.from("x")),
    }));
    expect(changed).toMatchObject({ result: { written: { reason: "/b.txt is not what this call was to change" } } });
  });

  it("lets calls on one file wait for each other", async () => {
    const agent = await world.agent();
    await agent.say("write_file", { path: "count.txt", content: "0" });
    const add = (files: Parameters<Parameters<typeof agent.tools.files.change>[1]>[0]) => async () => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of files.read("count.txt")) chunks.push(chunk);
      const count = Number(Buffer.concat(chunks).toString()) + 1;
      const written = await files.write("count.txt", Buffer.from(String(count)));
      return { status: written.ok ? "success" : "error" };
    };
    const calls = Array.from({ length: 10 }, (_, index) =>
      agent.tools.files.change({ callId: `add-${index}`, path: "count.txt" }, (files) => add(files)()),
    );
    await Promise.all(calls);
    expect(await take(agent.checkout.path, "count.txt")).toBe("10");
  });
});

describe("T4: a call that a crash interrupted", () => {
  it("finds that its edit was done, and does not fail for want of the old text", async () => {
    const agent = await world.agent();
    const edit = { path: "src/a.ts", old_string: "a", new_string: "b" };
    expect(await agent.call("edit_file", edit, { callId: "again" })).toMatchObject({ status: "success" });
    const again = await agent.call("edit_file", edit, { callId: "again" });
    expect(again).toMatchObject({ status: "success" });
    expect(JSON.stringify(again.content)).toContain("was changed by this very call before the server was stopped");
    expect(await take(agent.checkout.path, "src/a.ts")).toBe("b\n");
    expect(await agent.call("edit_file", edit, { callId: "another" })).toMatchObject({ status: "error" });
  });

  it("does it where it was not done, whatever was left beside the file", async () => {
    const agent = await world.agent();
    await agent.tools.files.change({ callId: "cut", path: "src/a.ts" }, async () => {
      await put(agent.checkout.path, { "src/.serai-left.tmp": "half" });
      return { status: "error" };
    });
    const edit = { path: "src/a.ts", old_string: "a", new_string: "b" };
    expect(await agent.call("edit_file", edit, { callId: "cut" })).toMatchObject({ status: "success" });
    expect(await take(agent.checkout.path, "src/a.ts")).toBe("b\n");
  });

  it("finds that its file was deleted, and its commit made", async () => {
    const agent = await world.agent();
    const remove = () => agent.call("delete_file", { path: "src/b.ts" }, { callId: "gone" });
    expect([(await remove()).status, (await remove()).status]).toEqual(["success", "success"]);
    const commit = () => agent.call("git_commit", { message: "Without b" }, { callId: "made" });
    const [first, second] = [await commit(), await commit()];
    expect(second).toEqual(first);
    expect((await git(agent.checkout.path, "rev-list", "--count", "HEAD")).trim()).toBe("2");
  });

  it("is run again only where that is safe: no command is", async () => {
    const agent = await world.agent();
    const { makeCheckoutCapability } = await import("../../../src/capabilities/checkout/capability.ts");
    const { openGrep } = await import("../../../src/lib/grep/grep.ts");
    await using grep = openGrep();
    const tools = makeCheckoutCapability(grep).tools({});
    const unsafe = tools.filter(({ definition }) => !definition.hints.isRepeatable);
    expect(unsafe.map(({ definition }) => definition.name)).toEqual(["run_command"]);
    expect(new Set(tools.map(({ definition }) => definition.hints.concurrencyClass))).toEqual(new Set(["checkout"]));
    expect(agent.id).toBeDefined();
  });
});

describe("R10, R11: git_commit", () => {
  it("commits nothing while somebody else has reserved a file that would go along", async () => {
    const agent = await world.agent();
    const other = await world.beside(agent.checkout);
    await other.reserve.before({ callId: "theirs", paths: ["src/a.ts"] });
    await put(agent.checkout.path, { "src/a.ts": "theirs, half done", "mine.txt": "mine" });
    expect(await agent.fail("git_commit", { message: "Everything" })).toMatch(
      /^Nothing was committed\. File src\/a\.ts is reserved by/,
    );
    await other.reserve.after({ callId: "theirs", paths: ["src/a.ts"], isDone: false });
    expect(await agent.say("git_commit", { message: "Everything" })).toMatch(/^Committed 2 files as [0-9a-f]{12}$/);
  });

  it("gives back what was committed", async () => {
    const agent = await world.agent();
    const other = await world.beside(agent.checkout);
    await agent.say("write_file", { path: "done.ts", content: "x" });
    expect(await other.reserve.before({ callId: "1", paths: ["done.ts"] })).toMatchObject({ ok: false });
    await agent.say("git_commit", { message: "Done" });
    expect(await other.reserve.before({ callId: "2", paths: ["done.ts"] })).toMatchObject({ ok: true });
    expect((await events(agent.id)).at(-1)).toMatchObject({
      type: "reservation.released",
      data: { reason: "committed", paths: ["done.ts"] },
    });
  });

  it("says what there is to commit, what was, and when there is nothing", async () => {
    const agent = await world.agent();
    await agent.say("write_file", { path: "src/a.ts", content: "changed\n" });
    expect(await agent.say("git_status", {})).toMatch(
      /^On branch work\/\S+, 0 ahead of and 0 behind main\n M src\/a\.ts$/,
    );
    expect(await agent.say("git_diff", { path: "src" })).toMatch(/modified src\/a\.ts \(\+1 −1\)[^]+-a\n\+changed/);
    expect(await agent.say("git_diff", { path: "README.md" })).toBe("[nothing has changed]");
    await agent.say("git_commit", { message: "Change a\n\nBecause of b" });
    expect(await agent.say("git_log", { limit: 2 })).toMatch(/^\S+ \S+ agent \(Serai\): Change a\n\S+ \S+ Ada: First$/);
    expect(await agent.say("git_diff", { since: "base" })).toContain("+changed");
    expect(await agent.fail("git_commit", { message: "Again" })).toBe("There is nothing to commit");
    expect(await agent.say("git_status", {})).toContain("1 ahead of and 0 behind main\nNothing has changed");
  });
});

describe.skipIf(sandboxHere.kind === "none")("R6: a command beside others (needs bubblewrap)", () => {
  it("is not run when it is certain to write what somebody else has reserved", async () => {
    const agent = await world.agent();
    const other = await world.beside(agent.checkout);
    await other.reserve.before({ callId: "theirs", paths: ["src/a.ts"] });
    expect(await agent.fail("run_command", { command: "echo x > a.ts", cwd: "/src" })).toMatch(
      /^Nothing was run\. File src\/a\.ts is reserved by/,
    );
    expect(await take(agent.checkout.path, "src/a.ts")).toBe("a\n");
  });

  it("cannot write what somebody else has reserved, however it tries, and is told who has it", async () => {
    const agent = await world.agent();
    const other = await world.beside(agent.checkout);
    await other.reserve.before({ callId: "theirs", paths: ["src/a.ts"] });
    const sneaky = `node -e 'require("fs").writeFileSync(["src","a.ts"].join("/"), "x")'`;
    const said = await agent.say("run_command", { command: sneaky });
    expect(said).toMatch(/EROFS[^]+What others have reserved could not be written\. File src\/a\.ts is reserved by/);
    expect(await take(agent.checkout.path, "src/a.ts")).toBe("a\n");
    expect((await events(agent.id)).map(({ type }) => type)).not.toContain("reservation.violated");
  });

  it("holds what it wrote, foreseen or not", async () => {
    const agent = await world.agent();
    const other = await world.beside(agent.checkout);
    await agent.say("run_command", { command: `echo 1 > seen.txt; f=un; echo 2 > $f"seen.txt"` });
    const denied = [
      await other.reserve.before({ callId: "1", paths: ["seen.txt"] }),
      await other.reserve.before({ callId: "2", paths: ["unseen.txt"] }),
    ];
    expect(denied.map(({ ok }) => ok)).toEqual([false, false]);
  });

  it("tells both when a file came to be that somebody else had reserved", async () => {
    const agent = await world.agent();
    const other = await world.beside(agent.checkout);
    await other.reserve.before({ callId: "theirs", paths: ["new.ts"] });
    const said = await agent.say("run_command", { command: `f=new; echo x > $f.ts` });
    expect(said).toContain("You have written new.ts, which is reserved by");
    expect((await events(agent.id)).at(-1)).toMatchObject({
      type: "reservation.violated",
      data: { paths: ["new.ts"], command: "f=new; echo x > $f.ts" },
    });
    const notices = await world.setting.store.readNotices(other.id, 10);
    expect(notices.map(({ text }) => text)).toEqual([
      expect.stringContaining("new.ts, which you have reserved, was written"),
    ]);
  });
});
