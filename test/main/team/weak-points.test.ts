/** What hooks.md §1.6 found weak in the system whose page this is, each with its number, on a whole server. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { replySchemas } from "../../doors/hooks/reply-schemas.ts";
import { contextOf, MINUTE, openTeamServer, openTree, reasonOf, typesOf } from "./team-server.ts";
import type { TeamServer } from "./team-server.ts";

let team: TeamServer;
beforeAll(async () => {
  team = await openTeamServer();
});
afterAll(async () => {
  await team[Symbol.asyncDispose]();
  expect(team.faults).toEqual([]);
});

const idOf = async (conversation: string) =>
  (await team.listed()).find(({ conversation_id }) => conversation_id === conversation)?.id;

describe("weak points to beat (hooks.md 1.6)", () => {
  it("1: an answer's end is the end of a turn and not of the session, in Claude Code as in Codex", async () => {
    const { prompt, wrote, claude, codex, pre } = openTree(team);
    await prompt("w1", "Go");
    await wrote("w1", "a.ts");
    await claude("w1", "Stop", { last_assistant_message: "Done" });
    await codex("w1x", "*** Begin Patch\n*** Add File: b.ts\n+x\n*** End Patch\n");
    await codex("w1x", "*** Begin Patch\n*** Add File: b.ts\n+x\n*** End Patch\n", "PostToolUse");
    await codex("w1x", "", "Stop");
    for (const file of ["a.ts", "b.ts"]) expect(reasonOf(await pre("w1-other", file))).toContain(`${file} is reserved`);
    const types = typesOf(await team.events("w1"));
    expect(types).toContain("turn.completed");
    expect(types).not.toContain("session.completed");
  });

  it("2: every answer is one that its agent understands, and no raw {permission, message}", async () => {
    const { wrote, pre, codex, prompt } = openTree(team);
    await wrote("w2", "a.ts");
    const denied = await pre("w2-other", "a.ts");
    expect(replySchemas["claude-code"].parse(denied)).toEqual(denied);
    const patch = await codex("w2-codex", "*** Begin Patch\n*** Update File: a.ts\n@@\n-x\n+y\n*** End Patch\n");
    expect(reasonOf(patch)).toContain("a.ts is reserved");
    expect(replySchemas.codex.parse(patch)).toEqual(patch);
    const told = await prompt("w2-other", "Go");
    expect(replySchemas["claude-code"].parse(told)).toEqual(told);
  });

  it("3: a file is taken before it is written, so of two that ask one is refused; a failure gives it back", async () => {
    const { pre, claude, root } = openTree(team);
    const replies = await Promise.all(Array.from({ length: 10 }, (_, agent) => pre(`w3-${agent}`, "a.ts")));
    expect(replies.filter((reply) => reasonOf(reply) === undefined)).toHaveLength(1);
    const winner = replies.findIndex((reply) => reasonOf(reply) === undefined);
    const edit = { tool_name: "Write", tool_input: { file_path: `${root}/a.ts` }, tool_use_id: `w3-${winner}-a.ts` };
    await claude(`w3-${winner}`, "PostToolUseFailure", { ...edit, error: "File has not been read yet" });
    expect(await pre("w3-next", "a.ts")).toEqual({});
  });

  it("4: a session that is silent for long keeps who it is, and its files for as long as their own time", async () => {
    const { prompt, wrote, pre } = openTree(team);
    await prompt("w4", "Think about it");
    const before = await idOf("w4");
    await wrote("w4", "a.ts");
    team.advance(6 * MINUTE);
    expect(await idOf("w4")).toBeUndefined();
    await team.server.engine.pulse.beat();
    const { body } = await team.json<{ readonly status: string; readonly activity: string }>(
      "GET",
      `/api/v1/sessions/${before}`,
    );
    expect([body.status, body.activity]).toEqual(["idle", "exited"]);
    expect(reasonOf(await pre("w4-other", "a.ts"))).toContain("a.ts is reserved");
    await prompt("w4", "Go on");
    expect(await idOf("w4")).toBe(before);
    expect(before).toBeDefined();
  });

  it("5: agents are told apart by what they send, whatever the case of their events", async () => {
    const { prompt, codex, cursor } = openTree(team);
    await prompt("w5-claude", "Go");
    await codex("w5-codex", "*** Begin Patch\n*** Add File: z.ts\n+x\n*** End Patch\n");
    await cursor("w5-cursor", "beforeSubmitPrompt", { prompt: "Go" });
    const listed = await team.json<readonly { readonly conversation_id: string; readonly agent_type: string }[]>(
      "GET",
      `/workspaces/${team.slug}/sessions`,
    );
    const types = new Map(listed.body.map(({ conversation_id, agent_type }) => [conversation_id, agent_type]));
    expect(["claude", "codex", "cursor"].map((name) => types.get(`w5-${name}`))).toEqual([
      ...["claude_code", "codex", "cursor"],
    ]);
  });

  it("6: one file has one holder, however many ask for it at once and whatever else about them differs", async () => {
    const { pre, codex, cursor, root } = openTree(team);
    const edit = { tool_name: "Write", tool_input: { file_path: `${root}/a.ts` }, tool_use_id: "w6" };
    const replies = await Promise.all([
      ...Array.from({ length: 5 }, (_, agent) => pre(`w6-${agent}`, "a.ts")),
      ...Array.from({ length: 5 }, (_, agent) =>
        codex(`w6-codex-${agent}`, "*** Begin Patch\n*** Add File: a.ts\n+x\n*** End Patch\n"),
      ),
      ...Array.from({ length: 5 }, (_, agent) => cursor(`w6-cursor-${agent}`, "preToolUse", edit)),
    ]);
    const allowed = replies.filter((reply) => reasonOf(reply) === undefined && reply["permission"] !== "deny");
    expect(allowed).toHaveLength(1);
  });

  it("7: writes by a shell, by completion and by tools of others are seen, before or after", async () => {
    const { wrote, preBash, cursor, prompt, root } = openTree(team);
    await prompt("w7", "Go");
    await wrote("w7", "a.ts");
    expect(reasonOf(await preBash("w7-shell", "mv b.ts a.ts"))).toContain("a.ts is reserved");
    await cursor("w7-tab", "afterTabFileEdit", { file_path: `${root}/a.ts`, edits: [] });
    expect(typesOf(await team.events("w7-tab"))).toContain("reservation.violated");
    expect(contextOf(await prompt("w7", "Go on"))).toContain("a.ts, which you have reserved, was written by");
  });

  it("8: hooks are not counted against anybody, a thousand of them neither", async () => {
    const { wrote, pre, claude } = openTree(team);
    await wrote("w8", "a.ts");
    for (let round = 0; round < 24; round++) {
      const replies = await Promise.all(Array.from({ length: 50 }, () => claude("w8", "SubagentStop")));
      expect(replies).toEqual(replies.map(() => ({})));
    }
    expect(reasonOf(await pre("w8-other", "a.ts"))).toContain("a.ts is reserved");
  });

  it("9: sub-agents are not merged with strangers, and share what their parent holds", async () => {
    const { wrote, claude, root, pre } = openTree(team);
    await wrote("w9", "a.ts");
    const edit = { tool_name: "Edit", tool_input: { file_path: `${root}/a.ts` }, tool_use_id: "s" };
    expect(await claude("w9", "PreToolUse", { ...edit, agent_id: "sub", agent_type: "Explore" })).toEqual({});
    expect(await claude("w9", "SubagentStop", { agent_id: "sub", agent_type: "Explore" })).toEqual({});
    expect(reasonOf(await pre("w9-other", "a.ts"))).toContain("a.ts is reserved");
  });
});
