/** Tool uses over several real working trees of one machine, on a whole server: each file is guarded in its own (R1, R2, R7). */
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gitEnvironment } from "../../install/hook-world.ts";
import { contextOf, openTeamServer, openTree, reasonOf, tellTree, typesOf } from "./team-server.ts";
import type { Headers, Reply, TeamServer } from "./team-server.ts";

let team: TeamServer;
let count = 0;
beforeAll(async () => {
  team = await openTeamServer();
});
afterAll(async () => {
  await team[Symbol.asyncDispose]();
  expect(team.faults).toEqual([]);
});

function git(root: string, ...args: readonly string[]) {
  execFileSync("git", ["-C", root, "-c", "user.name=T", "-c", "user.email=t@example.com", ...args], {
    env: gitEnvironment(team.folder),
    stdio: "pipe",
  });
}

/** A repository with a commit; agents on the server's own machine (`laptop`), or on another that it cannot look at. */
function makeRepository(host: "laptop" | "desk" = "laptop") {
  const root = join(team.folder, `repo-${++count}`);
  mkdirSync(join(root, "src"), { recursive: true });
  git(root, "init", "-q", "-b", "main");
  const origin = `git@github.com:acme/repo-${count}.git`;
  git(root, "remote", "add", "origin", origin);
  writeFileSync(join(root, "src", "a.ts"), "before\n");
  git(root, "add", "-A");
  git(root, "commit", "-q", "-m", "Begin");
  const facts = tellTree(root, { "X-Serai-Host": host, "X-Serai-Origin": origin });
  return { ...openTree(team, facts), facts, origin, name: `github.com/acme/repo-${count}` };
}

type Repository = ReturnType<typeof makeRepository>;

function patchOver(...paths: readonly string[]) {
  const files = paths.map((path) => `*** Update File: ${path}\n@@\n-before\n+after\n`);
  return `*** Begin Patch\n${files.join("")}*** End Patch\n`;
}

/** What Codex's next word for a patch is, in the same conversation. */
const isAllowed = (reply: Reply) => reasonOf(reply) === undefined;

async function reserved(conversation: string) {
  return (await team.listed()).find(({ conversation_id }) => conversation_id === conversation)?.reserved_files;
}

const overBoth = (one: Repository, other: Repository) => patchOver("src/a.ts", `${other.root}/src/a.ts`);

describe.each([
  ["that the server can look at", "laptop"],
  ["of another machine, which agents have told of", "desk"],
] as const)("a Codex patch over two repositories %s", (_, host) => {
  async function openBoth() {
    const [app, lib] = [makeRepository(host), makeRepository(host)];
    const name = `${host}-${count}`;
    // Somebody has told of the second one; nothing else is known of a machine that cannot be looked at.
    if (host === "desk") await lib.claude(`${name}-first`, "SessionStart", { source: "startup" });
    return { app, lib, name };
  }

  it("is refused where another holds the file in the second, and takes nothing in the first", async () => {
    const { app, lib, name } = await openBoth();
    await lib.prompt(`${name}-holds`, "Rename the parser");
    await lib.wrote(`${name}-holds`, "src/a.ts");
    const reply = await app.codex(`${name}-codex`, overBoth(app, lib));
    expect(reasonOf(reply)).toMatch(new RegExp(`^File ${lib.root}/src/a\\.ts is reserved by .*'Rename the parser'`));
    expect(await reserved(`${name}-codex`)).toEqual([]);
    expect(await app.pre(`${name}-next`, "src/a.ts")).toEqual({});
    const denied = (await team.events(`${name}-codex`)).filter(({ type }) => type === "reservation.denied");
    expect(denied.map(({ data }) => [data["repository"], data["paths"]])).toEqual([[lib.name, ["src/a.ts"]]]);
  });

  it("takes both when they are free, keeps both when it is done, and frees both when its session ends", async () => {
    const { app, lib, name } = await openBoth();
    const patch = overBoth(app, lib);
    expect(isAllowed(await app.codex(`${name}-codex`, patch))).toBe(true);
    const acquired = (await team.events(`${name}-codex`)).filter(({ type }) => type === "reservation.acquired");
    expect(acquired.map(({ data }) => [data["repository"], data["paths"]])).toEqual([
      [app.name, ["src/a.ts"]],
      [lib.name, ["src/a.ts"]],
    ]);
    await app.codex(`${name}-codex`, patch, "PostToolUse");
    await app.codex(`${name}-codex`, "", "UserPromptSubmit");
    for (const [at, tree] of [app, lib].entries()) {
      expect(reasonOf(await tree.pre(`${name}-other-${at}`, "src/a.ts"))).toContain("src/a.ts is reserved");
    }
    await app.codex(`${name}-codex`, "", "SessionEnd");
    for (const [at, tree] of [app, lib].entries())
      expect(await tree.pre(`${name}-later-${at}`, "src/a.ts")).toEqual({});
  });

  it("that comes twice in one moment, with the files in either order, is granted to one agent as a whole", async () => {
    const { app, lib, name } = await openBoth();
    // Who is first heard of has told of its tree by the time that both ask.
    await app.claude(`${name}-first`, "SessionStart", { source: "startup" });
    const replies = await Promise.all([
      app.codex(`${name}-a`, overBoth(app, lib)),
      lib.codex(`${name}-b`, overBoth(lib, app)),
    ]);
    expect(replies.filter(isAllowed)).toHaveLength(1);
    const held = await Promise.all([reserved(`${name}-a`), reserved(`${name}-b`)]);
    expect(held.flatMap((files) => files ?? [])).toEqual(["src/a.ts", "src/a.ts"]);
    expect(held).toContainEqual([]);
  });

  it("that nobody asked for before is told to who wrote and to who held the file in the second", async () => {
    const { app, lib, name } = await openBoth();
    await lib.wrote(`${name}-holds`, "src/a.ts");
    const told = await app.codex(`${name}-codex`, overBoth(app, lib), "PostToolUse");
    expect(contextOf(told)).toContain(`You have written ${lib.root}/src/a.ts, which is reserved by`);
    expect(contextOf(await lib.prompt(`${name}-holds`, "Go on"))).toMatch(/^src\/a\.ts, which you have reserved/m);
    expect(typesOf(await team.events(`${name}-codex`))).toContain("reservation.violated");
    expect(await reserved(`${name}-codex`)).toEqual(["src/a.ts"]);
  });
});

describe("on the server's own machine", () => {
  it("R4: a patch over two worktrees is judged in the second by the branch that is checked out there", async () => {
    const app = makeRepository();
    const feat = `${app.root}-feat`;
    git(app.root, "worktree", "add", "-q", "-b", "feat", feat);
    await app.wrote("trees-holds", "src/a.ts");
    // Its own file here, and the same name over there, on another branch: told of and let through.
    const reply = await app.pre("trees-warned", `${feat}/src/a.ts`);
    expect([reasonOf(reply), contextOf(reply)]).toEqual([undefined, expect.stringContaining("on branch main")]);
    const both = patchOver("src/b.ts", `${feat}/src/b.ts`);
    expect(isAllowed(await app.codex("trees-codex", both))).toBe(true);
    const branches = (await team.events("trees-codex"))
      .filter(({ type }) => type === "reservation.acquired")
      .map(({ data }) => data["branch"]);
    expect(branches).toEqual(["main", "feat"]);
  });

  it("R6: a command is refused what it names in another tree, also by `cd`, and what a link leads to", async () => {
    const [app, lib] = [makeRepository(), makeRepository()];
    await lib.wrote("shell-holds", "src/a.ts");
    symlinkSync(lib.root, join(app.root, "vendor"));
    const ways = [
      ...[`echo x > ${lib.root}/src/a.ts`, `cd ${lib.root} && sed -i s/a/b/ src/a.ts`, "rm vendor/src/a.ts"],
      ...[`cp src/a.ts ../${lib.root.split("/").at(-1)}/src/`, `rm -rf ${lib.root}`],
    ];
    for (const way of ways) expect(reasonOf(await app.preBash("shell-tries", way)), way).toContain("is reserved");
    expect(await app.preBash("shell-tries", "echo x > vendor/src/free.ts")).toEqual({});
    expect(reasonOf(await lib.pre("shell-other", "src/free.ts"))).toContain("src/free.ts is reserved");
  });

  it("R6: a link that a command has made is not a write of what it leads to", async () => {
    const [app, lib] = [makeRepository(), makeRepository()];
    await lib.wrote("link-holds", "src/a.ts");
    await app.preBash("link-makes", "./link-up.sh");
    symlinkSync(join(lib.root, "src", "a.ts"), join(app.root, "linked.ts"));
    expect(await app.postBash("link-makes", "./link-up.sh")).toEqual({});
    expect(typesOf(await team.events("link-makes"))).not.toContain("reservation.violated");
  });
});

describe("a command that runs below the top of its tree", () => {
  function below(tree: Repository, facts: Headers = tree.facts) {
    return (session_id: string, hook_event_name: string, command: string) => {
      const call = { tool_name: "Bash", tool_input: { command }, tool_use_id: command };
      const transcript_path = `/home/dev/.claude/projects/x/${session_id}.jsonl`;
      const payload = { session_id, cwd: `${tree.root}/src`, transcript_path, hook_event_name, ...call };
      return team.send("/hooks/claude-code", payload, facts);
    };
  }

  it("R6: is found to have written what another holds", async () => {
    const app = makeRepository();
    const run = below(app);
    await app.wrote("below-holds", "src/a.ts");
    await run("below-runs", "PreToolUse", "./generate.sh");
    writeFileSync(join(app.root, "src", "a.ts"), "by a script\n");
    const told = await run("below-runs", "PostToolUse", "./generate.sh");
    expect(contextOf(told)).toMatch(/^You have written src\/a\.ts, which is reserved/);
  });

  it("R11: frees what it has committed", async () => {
    const app = makeRepository();
    await app.wrote("commits", "src/a.ts");
    writeFileSync(join(app.root, "src", "a.ts"), "done\n");
    git(app.root, "commit", "-q", "-a", "-m", "Done");
    await below(app)("commits", "PostToolUse", "git commit -a -m Done");
    expect(await reserved("commits")).toEqual([]);
    expect(await app.pre("commits-next", "src/a.ts")).toEqual({});
  });
});
