/** Skills on a whole server: given to an agent, activated by a turn, kept by the sweep. */
import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GRACE_MS, makeSweepBlobs } from "../../src/app/sweep-blobs.ts";
import { openFolderBlobs } from "../../src/blobs/folder-blobs.ts";
import type { Session } from "../../src/doors/native/schema/session.ts";
import type { Skill, SkillContent } from "../../src/doors/native/schema/skill.ts";
import { hashOf } from "../blobs/suite.ts";
import { text } from "../doors/native/native-client.ts";
import type { NativeClient } from "../doors/native/native-client.ts";
import { openWholeServer } from "./whole-server.ts";
import type { WholeServer } from "./whole-server.ts";

let whole: WholeServer;
let owner: NativeClient;
beforeAll(async () => {
  whole = await openWholeServer();
  owner = whole.as.owner;
});
afterAll(() => whole[Symbol.asyncDispose]());

const md = (name: string, body: string) => `---\nname: ${name}\ndescription: |\n  Does ${name}\n  well.\n---\n${body}`;

async function makeSkill(name: string, body = "Do it.", files: object[] = []): Promise<Skill> {
  return (await owner.post<Skill>("/skills", { skill_md: md(name, body), files })).body;
}

let agents = 0;
async function makeAgent(...refs: string[]): Promise<string> {
  const capabilities = refs.map((ref) => ({ ref }));
  const body = { name: `agent ${++agents}`, system_prompt: "Be good.", capabilities };
  return (await owner.post<{ id: string }>("/agents", body)).body.id;
}

/** What each call said, in a session of this agent. */
async function activate(agent_id: string, ...names: string[]) {
  const { id } = (await owner.post<Session>("/sessions", { agent_id })).body;
  const steps = [...names.map((name) => ({ tools: [{ name: "activate_skill", input: { name } }] })), { text: "Done." }];
  const script = `Go.\n\`\`\`serai-script\n${JSON.stringify(steps)}\n\`\`\``;
  await owner.post(`/sessions/${id}/messages?wait=true`, text(script));
  const { data } = (
    await owner.get<{ data: { data: { result?: { text: string }[] } }[] }>(
      `/sessions/${id}/events?types=tool.completed`,
    )
  ).body;
  return { id, said: data.map((event) => event.data.result?.[0]?.text ?? "") };
}

describe("a skill of an agent", () => {
  it("K3: is named to the model in one line, with one tool however many there are", async () => {
    const one = await makeSkill("one");
    await makeSkill("two");
    const agent = await makeAgent("skill:one", "skill:two", `skill:${one.id}`);
    const { body } = await owner.post<{ system_prompt: string; tools: { name: string }[] }>(`/agents/${agent}/preview`);
    expect(body.system_prompt).toContain("\n- one: Does one well.\n- two: Does two well.");
    expect(body.system_prompt.split("activate_skill")).toHaveLength(2);
    expect(body.tools.map(({ name }) => name)).toEqual(["activate_skill"]);
  });

  it("K3: gives its instructions, and its files once, however often it is activated", async () => {
    await makeSkill("files", "Run scripts/go.sh.", [{ path: "scripts/go.sh", content: "echo go" }]);
    const { id, said } = await activate(await makeAgent("skill:files"), "files", "files");
    expect(said[0]).toContain("/skills/files/: SKILL.md, scripts/go.sh.");
    expect(said[0]).toMatch(/\n\nRun scripts\/go\.sh\.$/);
    expect(said[1]).toBe(said[0]);
    const read = await owner.fetch(`/api/v1/sessions/${id}/fs/skills/files/scripts/go.sh`);
    expect(await read.text()).toBe("echo go");
    const { data } = (
      await owner.get<{ data: { data: { path: string } }[] }>(`/sessions/${id}/events?types=file.written`)
    ).body;
    const folders = ["/skills", "/skills/files", "/skills/files/scripts"];
    const files = ["/skills/files/SKILL.md", "/skills/files/scripts/go.sh"];
    expect(data.map((event) => event.data.path).toSorted()).toEqual([...folders, ...files].toSorted());
  });

  it("that nobody gave to it, or that was deleted, is told from one that is there", async () => {
    const gone = await makeSkill("gone");
    await makeSkill("not-given");
    const agent = await makeAgent("skill:gone");
    expect((await activate(agent, "not-given")).said[0]).toBe('There is no skill "not-given" here; there are gone');
    await owner.call("DELETE", `/skills/${gone.id}`);
    expect((await activate(agent, "gone")).said[0]).toMatch(/^There is no tool "activate_skill"/);
    expect((await owner.call("POST", "/agents", { name: "x", capabilities: [{ ref: "skill:gone" }] })).status).toBe(
      400,
    );
  });

  it("P9: outlives the sweep with all its files, and so do those that a session was given of it", async () => {
    const skill = await makeSkill("kept", "Kept.", [{ path: "a.txt", content: "of the skill alone" }]);
    const other = await makeSkill("other", "Other.", [{ path: "b.txt", content: "of a session" }]);
    const { id } = await activate(await makeAgent("skill:other"), "other");
    await owner.call("DELETE", `/skills/${other.id}`);
    await makeSkill("dropped", "Dropped.", [{ path: "c.txt", content: "of nobody" }]);
    const [dropped] = (await owner.get<{ data: Skill[] }>("/skills?search=dropped")).body.data;
    await owner.call("DELETE", `/skills/${dropped?.id}`);
    const blobs = await openFolderBlobs({ folder: join(whole.folder, "blobs") });
    const old = new Date(Date.now() - GRACE_MS - 60_000);
    const all = ["of the skill alone", "of a session", "of nobody", md("kept", "Kept."), md("other", "Other.")].map(
      hashOf,
    );
    for (const hash of all) await utimes(blobs.fileOf(hash), old, old);
    const clock = { now: () => Date.now() };
    const sweep = makeSweepBlobs({ store: whole.server.store, blobs, clock, pause: () => Promise.resolve() });
    expect(await sweep(new AbortController().signal)).toEqual({ seen: 5, removed: 1 });
    expect((await owner.get<SkillContent>(`/skills/${skill.id}/content`)).body.files).toMatchObject([
      { path: "a.txt" },
    ]);
    const read = await owner.fetch(`/api/v1/sessions/${id}/fs/skills/other/b.txt`);
    expect(await read.text()).toBe("of a session");
  });
});
