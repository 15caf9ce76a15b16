/** Working beside agents from the command line: who, reserve, release, decide, decisions, feed, against a real server. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openServedHome } from "./cli.ts";
import type { Ran, ServedHome } from "./cli.ts";

let served: ServedHome;
let count = 0;

beforeAll(async () => {
  served = await openServedHome();
});
afterAll(async () => {
  await served[Symbol.asyncDispose]();
});

function makeRepository(): string {
  const root = join(served.home.path, `repo-${++count}`);
  mkdirSync(join(root, "src", "lib"), { recursive: true });
  execFileSync("git", ["-C", root, "init", "-q", "-b", "main"]);
  execFileSync("git", ["-C", root, "remote", "add", "origin", `git@github.com:acme/cli-${count}.git`]);
  return realpathSync(root);
}

/** What Claude Code is answered when it is about to write a file of this tree. */
async function write(root: string, file: string): Promise<string> {
  const key = readFileSync(join(served.data, "admin.key"), "utf8").trim();
  const payload = {
    ...{ session_id: `agent-in-${root}`, cwd: root, transcript_path: "/x/.claude/y.jsonl" },
    ...{ hook_event_name: "PreToolUse", tool_name: "Write", tool_input: { file_path: join(root, file) } },
    tool_use_id: `use-${++count}`,
  };
  const response = await fetch(`${served.url}/hooks/claude-code`, {
    method: "POST",
    body: JSON.stringify(payload),
    headers: {
      authorization: `Bearer ${key}`,
      "X-Serai-Root": root,
      "X-Serai-Common-Dir": join(root, ".git"),
      "X-Serai-Origin": execFileSync("git", ["-C", root, "remote", "get-url", "origin"], { encoding: "utf8" }).trim(),
      "X-Serai-Host": hostId(),
    },
  });
  return response.text();
}

function hostId(): string {
  return readFileSync(join(served.home.path, ".config", "serai", "hooks", "host-id"), "utf8").trim();
}

interface Held {
  readonly data: readonly { readonly id: string; readonly path: string; readonly session_id: string }[];
}

function held({ stdout }: Ran): Held["data"] {
  return (JSON.parse(stdout) as Held).data;
}

describe("serai reserve and release", () => {
  it("keep an agent of the same tree from writing what a person holds, until it is given back", async () => {
    const cwd = makeRepository();
    const taken = await served.run(["reserve", "a.ts", "src/lib", "--for", "45", "--task", "Rewriting it"], { cwd });
    expect(taken.stdout).toMatch(/^✓ a\.ts {2}45 min {2}rsv_[0-9a-f]{32}\n✓ src\/lib\/ {2}45 min {2}rsv_/);
    expect(await write(cwd, "src/lib/deep.ts")).toMatch(
      /reserved as part of src\/lib\/ by .+ — 'Rewriting it' \(45 min/,
    );
    expect((await served.run(["release", "lib/"], { cwd: join(cwd, "src") })).stdout).toBe("released src/lib/\n");
    expect(await write(cwd, "src/lib/deep.ts")).toBe("{}");
    expect((await served.run(["release", "--all"], { cwd })).stdout).toBe("released a.ts\n");
    expect((await served.run(["release", "--all"], { cwd })).stdout).toBe("You held none of it\n");
  });

  it("are of one session for a login and a tree, and of another in another tree", async () => {
    const [one, other] = [makeRepository(), makeRepository()];
    const take = async (cwd: string, path: string) => held(await served.run(["reserve", path, "-o", "json"], { cwd }));
    const [first] = await take(one, "a.ts");
    const [again] = await take(join(one, "src"), "b.ts");
    const [elsewhere] = await take(other, "a.ts");
    expect(again?.path).toBe("src/b.ts");
    expect(again?.session_id).toBe(first?.session_id);
    expect(elsewhere?.session_id).not.toBe(first?.session_id);
  });

  it("say who is in the way, and how an owner takes it away", async () => {
    const cwd = makeRepository();
    await served.run(["release", "--all"], { cwd });
    expect(await write(cwd, "a.ts")).toBe("{}");
    const refused = await served.run(["reserve", "a.ts", "b.ts"], { cwd });
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(
      /^serai: File a\.ts is reserved by .+\nNothing was reserved\..+--force (rsv_[0-9a-f]+)\n$/,
    );
    const id = /rsv_[0-9a-f]+/.exec(refused.stderr)?.[0] ?? "";
    expect((await served.run(["release", "--force", id], { cwd })).stdout).toBe("released a.ts\n");
    expect((await served.run(["reserve", "a.ts", "b.ts"], { cwd })).code).toBe(0);
  });

  it("say how they are to be called", async () => {
    const cwd = makeRepository();
    expect(await served.run(["release"], { cwd })).toMatchObject({
      code: 2,
      stderr: "serai: Say which paths, or --all\n",
    });
    expect((await served.run(["reserve", "a", "--for", "500"], { cwd })).code).toBe(2);
    const { code, stderr } = await served.run(["reserve", "a.ts"]);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("is in no git repository") });
    expect((await served.run(["reserve", "--help"])).stdout).toContain(
      "one session for your login and this working tree",
    );
  });
});

describe("serai who", () => {
  it("shows people and agents, what they work on, and what they hold", async () => {
    const cwd = makeRepository();
    await served.run(["reserve", "mine.ts", "--task", "By me"], { cwd });
    await write(cwd, "theirs.ts");
    const { stdout } = await served.run(["who"], { cwd });
    expect(stdout).toMatch(/○ .+ · an agent · main · .+\n {2}By me\n {2}mine\.ts {2}30 min\n/);
    expect(stdout).toMatch(/. .+ · Claude Code · .+\n {2}theirs\.ts {2}10 min\n/);
    const { data } = JSON.parse((await served.run(["who", "-o", "json"], { cwd })).stdout) as {
      data: readonly object[];
    };
    expect(data).toContainEqual(
      expect.objectContaining({ task: "By me", needs: [], held: [expect.objectContaining({ path: "mine.ts" })] }),
    );
  });

  it("goes on showing it as it changes", async () => {
    const cwd = makeRepository();
    const watching = served.start(["who", "--watch"], { cwd });
    await served.run(["reserve", "watched.ts"], { cwd });
    await watching.said("watched.ts");
    watching.child.kill("SIGINT");
    expect(await watching.ended).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("serai decide, decisions and feed", () => {
  it("record what was decided, and find it", async () => {
    const made = await served.run([
      "decide",
      "Tokens are opaque",
      "--why",
      "JWTs leak",
      "-f",
      "src/auth/",
      "-t",
      "auth",
    ]);
    expect(made.stdout).toMatch(/^dec_[0-9a-f]{32}\n$/);
    const found = (await served.run(["decisions", "opaque zebra"])).stdout;
    expect(found).toMatch(/^Tokens are opaque\n {2}JWTs leak\n {2}.+ · src\/auth\/ · #auth · dec_/);
    expect((await served.run(["decisions", "--tag", "auth"])).stdout).toBe(found);
    expect((await served.run(["decisions", "--tag", "nothing"])).stdout).toBe("No decision fits\n");
  });

  it("tell what happened, and what happens from then on", async () => {
    const cwd = makeRepository();
    await served.run(["reserve", "before.ts"], { cwd });
    const type = ["--type", "reservation.acquired"];
    expect((await served.run(["feed", ...type])).stdout).toMatch(
      /reservation\.acquired {4}…[0-9a-f]{6} {2}before\.ts\n$/,
    );
    const following = served.start(["feed", "--follow", ...type, "--limit", "1", "-o", "json"]);
    await following.said("before.ts");
    await served.run(["reserve", "after.ts"], { cwd });
    await following.said("after.ts");
    following.child.kill("SIGINT");
    const { code, stdout } = await following.ended;
    expect(code).toBe(0);
    const paths = stdout
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { data: { paths: unknown } }).data.paths);
    expect(paths).toEqual([["before.ts"], ["after.ts"]]);
  });

  it("refuse a type that is never in the feed, by name", async () => {
    const { code, stderr } = await served.run(["feed", "--type", "tool.completed"]);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("tool.completed") });
  });
});
