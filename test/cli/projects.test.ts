/** Projects and checkouts from the command line, as processes: a repository, an agent, a merge. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeRepository, take } from "../checkouts/repository.ts";
import { openServedHome } from "./cli.ts";
import type { ServedHome } from "./cli.ts";

const AGENT = join(import.meta.dirname, "..", "acp-agent", "agent.ts");

let served: ServedHome;
let repository: string;
beforeAll(async () => {
  const agent = JSON.stringify([process.execPath, AGENT]);
  served = await openServedHome({ SERAI_AGENT_CODEX: agent, SERAI_ISOLATION: "off" });
  repository = join(served.home.path, "My App");
  await makeRepository(repository, { "a.txt": "a\n" });
});
afterAll(() => served[Symbol.asyncDispose]());

it("goes from a folder to a merged change", async () => {
  const added = await served.run(["projects", "add", ".", "--harness", "codex"], { cwd: repository });
  expect(added).toMatchObject({ code: 0, stdout: "my-app\n" });
  const listed = await served.run(["projects", "list"]);
  expect(listed.stdout).toContain("my-app");
  const id = (await served.run(["sessions", "create", "-p", "my-app", "-t", "Say hello"])).stdout.trim();
  const script = JSON.stringify([{ write: { path: "hello.txt", text: "hello\n" } }, { say: "Written." }]);
  expect((await served.run(["send", id, script, "--wait"])).stdout).toContain("Written.");
  const tree = (await served.run(["checkout", id])).stdout.trim();
  expect(await take(tree, "hello.txt")).toBe("hello\n");
  expect((await served.run(["diff", id])).stdout).toContain("+hello");
  const refused = await served.run(["merge", id]);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("not committed")]);
  expect((await served.run(["merge", id, "--commit", "-m", "Say hello"])).code).toBe(0);
  expect(await take(repository, "hello.txt")).toBe("hello\n");
  const talked = await served.run(["attach", id], { input: "first words\n" });
  expect(talked.stdout).toContain("first words");
  expect((await served.run(["projects", "remove", "my-app"])).code).toBe(0);
});

it("keeps what is run in a project, so that the commands of the README find it", { timeout: 60_000 }, async () => {
  await served.run(["projects", "add", ".", "--name", "readme", "--harness", "codex"], { cwd: repository });
  const script = JSON.stringify([{ write: { path: "login.ts", text: "fixed\n" } }, { say: "Fixed." }]);
  const ran = await served.run(["run", "--project", "readme", script]);
  expect([ran.code, ran.stdout]).toEqual([0, "Fixed.\n"]);
  const id = /serai diff (ses_[0-9a-f]{32})/.exec(ran.stderr)?.[1] ?? "";
  expect(ran.stderr).toContain(`merge it into main with  serai merge ${id} --commit`);
  expect((await served.run(["checkout", "last"])).stdout).toContain(id);
  expect((await served.run(["diff", "last"])).stdout).toContain("+fixed");
  expect((await served.run(["sessions", "get", id])).stdout).toContain("not all committed");
  expect((await served.run(["sessions", "list", "-p", "readme"])).stdout).toContain(id);
  expect((await served.run(["sessions", "list", "-p", "nobody"])).stderr).toContain('"nobody" was not found');
  const refused = await served.run(["merge", "last", "--strategy", "squash"]);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("--commit")]);
  const merged = await served.run(["merge", "last", "--commit", "--strategy", "squash"]);
  expect(merged.stderr).toContain(id);
  expect(await take(repository, "login.ts")).toBe("fixed\n");
  // A second time there is nothing to do, and nothing is done.
  expect((await served.run(["merge", "last", "--strategy", "squash"])).stdout).toBe(merged.stdout);
});

it("says where nothing was changed, and has nothing to merge then", async () => {
  const ran = await served.run(["run", "--project", "readme", "Only talk"]);
  expect(ran.stderr).toContain("no changes on serai/only-talk-");
  expect(await served.run(["diff", "last"])).toMatchObject({ code: 0, stdout: "" });
  const refused = await served.run(["merge", "last"]);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("nothing to merge")]);
});

it("shows a running turn to whoever watches", async () => {
  const id = (await served.run(["sessions", "create", "-p", "readme"])).stdout.trim();
  await served.run(["send", id, JSON.stringify([{ say: "At work." }, { hang: "until-cancel" }])]);
  const watching = served.start(["watch", id]);
  await watching.said("At work.");
  watching.child.kill("SIGINT");
  await watching.ended;
  const refused = await served.run(["merge", id, "--commit"]);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining(`serai sessions cancel ${id}`)]);
  await served.run(["sessions", "cancel", id]);
});

it("says what to do about a folder that is no repository", async () => {
  const refused = await served.run(["projects", "add", served.home.path]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("git init");
});
