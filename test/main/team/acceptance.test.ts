/** The acceptance tests of hooks.md §9.1 that need a server and what IDEs send, over its socket, each by its number. */
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gitEnvironment } from "../../install/hook-world.ts";
import { samples } from "../../doors/hooks/payloads.ts";
import { replySchemas } from "../../doors/hooks/reply-schemas.ts";
import { contextOf, MINUTE, openTeamServer, openTree, reasonOf, tellTree, typesOf } from "./team-server.ts";
import type { TeamServer } from "./team-server.ts";

let team: TeamServer;
beforeAll(async () => {
  team = await openTeamServer();
});
afterAll(async () => {
  await team[Symbol.asyncDispose]();
  expect(team.faults).toEqual([]);
});

describe("acceptance (hooks.md 9.1)", () => {
  it("1: two Claude sessions race Write on one file: exactly one wins; loser's tool_result holds holder name", async () => {
    const { prompt, pre } = openTree(team);
    await prompt("one-a", "Build JWT auth flow");
    await prompt("one-b", "Build JWT auth flow");
    for (let round = 0; round < 20; round++) {
      const replies = await Promise.all([pre("one-a", `src/${round}.ts`), pre("one-b", `src/${round}.ts`)]);
      const reasons = replies.map(reasonOf).filter((reason) => reason !== undefined);
      expect(reasons).toHaveLength(1);
      expect(reasons[0]).toMatch(
        /^File src\/\d+\.ts is reserved by \S.* \(Claude Code\) on branch main — 'Build JWT auth flow' \(\d+ min remaining\)\. Work on another file/,
      );
    }
  });

  it("2: Codex apply_patch over 3 files with one reserved: nothing written, no partial claims left", async () => {
    const { wrote, codex, pre } = openTree(team);
    await wrote("two-a", "b.ts");
    const patch =
      "*** Begin Patch\n*** Add File: a.ts\n+x\n*** Update File: b.ts\n@@\n-x\n+y\n*** Delete File: c.ts\n*** End Patch\n";
    expect(reasonOf(await codex("two-b", patch))).toContain("File b.ts is reserved");
    expect((await team.listed()).find(({ conversation_id }) => conversation_id === "two-b")?.reserved_files).toEqual(
      [],
    );
    for (const file of ["a.ts", "c.ts"]) expect(await pre("two-c", file)).toEqual({});
  });

  it("3: Codex reply contains no unknown keys (schema test)", async () => {
    const { wrote, codex, facts } = openTree(team);
    const patch = (file: string) => `*** Begin Patch\n*** Add File: ${file}\n+x\n*** End Patch\n`;
    await wrote("three-a", "held.ts");
    const replies = [await codex("three-b", patch("held.ts")), await codex("three-b", patch("free.ts"))];
    for (const { payload } of samples.filter(({ ide }) => ide === "codex"))
      replies.push(await team.send("/hooks/codex", payload, facts));
    replies.push(await team.send("/hooks/codex", "no JSON"), await team.send("/hooks/codex", {}));
    for (const reply of replies) expect(replySchemas.codex.parse(reply)).toEqual(reply);
    expect(replies.length).toBeGreaterThan(6);
  });

  it("5: Stop ×3 keeps claims; SessionEnd frees them", async () => {
    const { claude, wrote, pre } = openTree(team);
    await wrote("five-a", "a.ts");
    for (let turn = 0; turn < 3; turn++) expect(await claude("five-a", "Stop")).toEqual({});
    expect(reasonOf(await pre("five-b", "a.ts", "1"))).toContain("a.ts is reserved");
    expect(await claude("five-a", "SessionEnd", { reason: "prompt_input_exit" })).toEqual({});
    expect(await pre("five-b", "a.ts", "2")).toEqual({});
  });

  it("6: Kill -9 → claims free after TTL", async () => {
    const { wrote, pre } = openTree(team);
    await wrote("six-a", "a.ts");
    // Nothing is heard of it again.
    team.advance(9 * MINUTE);
    expect(reasonOf(await pre("six-b", "a.ts", "1"))).toMatch(/\(1 min remaining\)/);
    team.advance(1.1 * MINUTE);
    expect(await pre("six-b", "a.ts", "2")).toEqual({});
  });

  it("6, D6: of one that was killed in the middle of a tool call, after an hour at most", async () => {
    const { pre } = openTree(team);
    await pre("six-c", "a.ts");
    // The call is open from when it is written down, which is behind the answer (I9).
    await expect.poll(async () => typesOf(await team.events("six-c"))).toContain("tool.started");
    team.advance(11 * MINUTE);
    expect(reasonOf(await pre("six-d", "a.ts", "1"))).toMatch(/until its tool call ends/);
    team.advance(50 * MINUTE);
    expect(await pre("six-d", "a.ts", "2")).toEqual({});
  });

  it("7: symlinked path and `..` path hit the same key", async () => {
    const root = join(team.folder, "repo");
    mkdirSync(join(root, "src"), { recursive: true });
    execFileSync("git", ["-C", root, "init", "-q"], { env: gitEnvironment(team.folder) });
    writeFileSync(join(root, "src", "a.ts"), "");
    symlinkSync(join(root, "src"), join(root, "link"));
    symlinkSync(root, join(team.folder, "elsewhere"));
    symlinkSync("a.ts", join(root, "src", "alias.ts"));
    const { wrote, pre } = openTree(team, tellTree(root, { "X-Serai-Host": "laptop" }));
    await wrote("seven-a", "src/a.ts");
    const ways = [
      ...[`${root}/src/../src/./a.ts`, `${root}/link/a.ts`, `${team.folder}/elsewhere/src/a.ts`],
      ...[`${root}/src/alias.ts`, `${root}/none/../src/a.ts`],
    ];
    for (const way of ways) expect(reasonOf(await pre("seven-b", way, way)), way).toContain("src/a.ts is reserved");
    expect(await pre("seven-b", `${root}/src/b.ts`)).toEqual({});
  });

  it("8: same file in 2 worktrees → policy warn", async () => {
    const main = openTree(team);
    const worktree = tellTree(`${main.root}-feat`, {
      ...{ "X-Serai-Origin": main.facts["X-Serai-Origin"] ?? "" },
      ...{ "X-Serai-Common-Dir": `${main.root}/.git`, "X-Serai-Branch": "feat" },
    });
    await main.prompt("eight-a", "Rename the parser");
    await main.wrote("eight-a", "src/a.ts");
    const reply = await openTree(team, worktree).pre("eight-b", "src/a.ts");
    expect(reasonOf(reply)).toBeUndefined();
    expect(contextOf(reply)).toMatch(/src\/a\.ts is also being worked on by .* on branch main — 'Rename the parser'/);
  });

  it("8, ruling 26: also where the second tool use is a request that tells no branch, as those of Claude Code do", async () => {
    const main = openTree(team);
    const common = { "X-Serai-Origin": main.facts["X-Serai-Origin"] ?? "", "X-Serai-Common-Dir": `${main.root}/.git` };
    const worktree = openTree(team, tellTree(`${main.root}-feat`, { ...common, "X-Serai-Branch": "feat" }));
    await main.wrote("request-a", "src/a.ts");
    await worktree.claude("request-b", "SessionStart", { source: "startup" });
    const edit = { tool_name: "Edit", tool_input: { file_path: `${worktree.root}/src/a.ts` }, tool_use_id: "1" };
    const base = { session_id: "request-b", cwd: worktree.root, transcript_path: "/x/.claude/projects/y/z.jsonl" };
    const host = { "X-Serai-Host": "desk", "X-Serai-Agent": "claude_code" };
    const reply = await team.send("/hooks/claude-code", { ...base, hook_event_name: "PreToolUse", ...edit }, host);
    expect(reasonOf(reply)).toBeUndefined();
    expect(contextOf(reply)).toContain("is also being worked on");
  });

  it("9: `tee`/`sed -i` to a reserved file denied; unknown script write → violation", async () => {
    const root = join(team.folder, "scripts");
    mkdirSync(root);
    execFileSync("git", ["-C", root, "init", "-q"], { env: gitEnvironment(team.folder) });
    writeFileSync(join(root, "held.ts"), "before");
    execFileSync("git", ["-C", root, "add", "-A"], { env: gitEnvironment(team.folder) });
    const { wrote, prompt, preBash, postBash } = openTree(team, tellTree(root, { "X-Serai-Host": "laptop" }));
    await wrote("nine-a", "held.ts");
    for (const command of ["echo x | tee held.ts", "sed -i s/a/b/ held.ts", "cat > held.ts <<X\nx\nX", "cp x held.ts"])
      expect(reasonOf(await preBash("nine-b", command)), command).toContain("held.ts is reserved");
    expect(await preBash("nine-b", "./generate.sh")).toEqual({});
    writeFileSync(join(root, "held.ts"), "by a script");
    expect(contextOf(await postBash("nine-b", "./generate.sh"))).toMatch(
      /^You have written held\.ts, which is reserved/,
    );
    expect(typesOf(await team.events("nine-b"))).toContain("reservation.violated");
    expect(contextOf(await prompt("nine-a", "Go on"))).toContain("held.ts, which you have reserved, was written by");
  });

  it("10: `.claude` + `.cursor` both installed → one event row", async () => {
    const { root, facts, cursor } = openTree(team);
    const edit = { tool_name: "Write", tool_input: { file_path: `${root}/a.ts` }, tool_use_id: "ten" };
    for (const event of ["preToolUse", "postToolUse"]) {
      const ids = { conversation_id: "ten", session_id: "ten", cursor_version: "3.20.17", workspace_roots: [root] };
      const payload = { ...ids, cwd: root, hook_event_name: event, ...edit };
      await Promise.all([cursor("ten", event, edit), team.send("/hooks/claude-code", payload, facts)]);
    }
    const types = typesOf(await team.events("ten"));
    for (const type of ["reservation.acquired", "tool.started", "tool.completed"])
      expect(
        types.filter((each) => each === type),
        type,
      ).toHaveLength(1);
  });

  it("11: Claude HTTP deny sent as 200", async () => {
    const { wrote, facts, root } = openTree(team);
    await wrote("eleven-a", "a.ts");
    const edit = { tool_name: "Edit", tool_input: { file_path: `${root}/a.ts` }, tool_use_id: "11" };
    const body = { session_id: "eleven-b", cwd: root, hook_event_name: "PreToolUse", transcript_path: "x", ...edit };
    const response = await team.fetch("/hooks/claude-code", {
      ...{ method: "POST", body: JSON.stringify(body) },
      headers: { ...facts, "X-Serai-Agent": "claude-code" },
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      hookSpecificOutput: { hookEventName: "PreToolUse", permissionDecision: "deny" },
    });
  });

  it('12: allow never yields `permissionDecision:"allow"`', async () => {
    const { facts } = openTree(team);
    for (const { ide, payload, headers } of samples) {
      const response = await team.fetch(`/hooks/${ide}`, {
        ...{ method: "POST", body: JSON.stringify(payload), headers: { ...facts, ...headers } },
      });
      expect(response.status).toBe(200);
      expect(await response.text()).not.toMatch(/"permissionDecision"\s*:\s*"(?:allow|ask)"/);
    }
    expect(samples.length).toBeGreaterThan(40);
  });

  it("14: subagent edits own parent's file", async () => {
    const { wrote, claude, cursor, root } = openTree(team);
    await wrote("fourteen", "a.ts");
    const edit = { tool_name: "Edit", tool_input: { file_path: `${root}/a.ts` }, tool_use_id: "sub" };
    expect(await claude("fourteen", "PreToolUse", { ...edit, agent_id: "sub-1", agent_type: "Explore" })).toEqual({});
    await cursor("parent", "preToolUse", {
      tool_name: "Write",
      tool_input: { file_path: `${root}/b.ts` },
      tool_use_id: "p",
    });
    const child = { ...edit, tool_input: { file_path: `${root}/b.ts` }, parent_conversation_id: "parent" };
    expect(await cursor("child", "preToolUse", child)).toEqual({ permission: "allow" });
    expect((await team.listed()).map(({ conversation_id }) => conversation_id)).not.toContain("child");
  });
});
