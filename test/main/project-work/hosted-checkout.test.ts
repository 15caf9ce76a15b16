/** Hosted agents in checkouts of a project, on a whole server with the scripted model, beside an agent in an IDE. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Session } from "../../../src/doors/native/schema/session.ts";
import { git } from "../../../src/lib/git.ts";
import { findSandbox } from "../../../src/lib/sandbox.ts";
import { fence } from "../children-world.ts";
import { openWorkWorld } from "./work-world.ts";
import type { WorkWorld } from "./work-world.ts";

const sandbox = await findSandbox();

let config: string;
let world: WorkWorld;

beforeAll(async () => {
  config = await mkdtemp(join(tmpdir(), "serai-config-"));
  // As the installer of hooks leaves it: what this machine is called.
  await mkdir(join(config, "serai/hooks"), { recursive: true });
  await writeFile(join(config, "serai/hooks/host-id"), "this-machine\n");
  world = await openWorkWorld({ default_harness: "hosted" }, { environment: { XDG_CONFIG_HOME: config } });
});
afterAll(async () => {
  expect(world.whole.faults).toEqual([]);
  await world[Symbol.asyncDispose]();
  await rm(config, { recursive: true, force: true });
});

type Call = readonly [name: string, input: object];
const calls = (...tools: readonly Call[]) => ({ tools: tools.map(([name, input]) => ({ name, input })) });

async function hosted(name: string, steps: readonly object[], more: object = {}): Promise<Session> {
  const body = {
    name,
    system_prompt: fence([...steps, { text: "Done." }]),
    capabilities: [{ ref: "checkout" }],
    ...more,
  };
  const agent = await world.owner.post<{ id: string }>("/agents", body);
  if (agent.status !== 201) throw new Error(JSON.stringify(agent.body));
  return world.make({ agent_id: agent.body.id, title: `Work of ${name}` });
}

async function results(id: string): Promise<readonly string[]> {
  const all = await world.events(id);
  return all.filter(({ type }) => type === "tool.completed").map(({ data }) => JSON.stringify(data));
}

/** A hook of Claude Code, which runs in the session's own checkout. */
async function writeInIde(conversation: string, root: string, file: string): Promise<string> {
  const commonDir = join(world.repository, ".git");
  const branch = (await git(root, "branch", "--show-current")).trim();
  const payload = {
    ...{ session_id: conversation, cwd: root, transcript_path: "/x/.claude/x.jsonl", hook_event_name: "PreToolUse" },
    ...{ tool_name: "Write", tool_input: { file_path: join(root, file) }, tool_use_id: `${conversation}-${file}` },
  };
  const headers = {
    ...{ "X-Serai-Root": root, "X-Serai-Common-Dir": commonDir },
    ...{ "X-Serai-Branch": branch, "X-Serai-Host": "this-machine" },
  };
  const init = { method: "POST", body: JSON.stringify(payload), headers };
  return JSON.stringify(await (await world.owner.fetch("/hooks/claude-code", init)).json());
}

async function pathOf(id: string): Promise<string> {
  const created = (await world.events(id)).find(({ type }) => type === "checkout.created");
  return String(created?.data["path"]);
}

describe("a hosted agent with a project", () => {
  it.skipIf(sandbox.kind === "none")("edits, runs a command and commits in one turn (needs bubblewrap)", async () => {
    const { id } = await hosted("worker", [
      calls(["read_file", { path: "/a.txt" }], ["grep_files", { pattern: "^b" }]),
      calls(["edit_file", { path: "/a.txt", old_string: "a", new_string: "A" }]),
      calls(["run_command", { command: "cat a.txt b.txt | tee both.txt" }]),
      calls(["git_status", {}], ["git_diff", {}], ["git_commit", { message: "Put both together" }]),
    ]);
    await world.turn(id, "Begin");
    const [read, grep, edit, run, status, diff, commit] = await results(id);
    expect(read).toContain("1\\ta");
    expect(grep).toContain("/b.txt:1:b");
    expect(edit).toContain("Replaced the text at line 1 of /a.txt");
    expect(run).toContain("A\\nb\\n[exit code 0]");
    expect(status).toMatch(/ M a\.txt\\n\?\? both\.txt/);
    expect(diff).toContain("+A");
    expect(commit).toContain("Committed 2 files as");
    const root = await pathOf(id);
    expect(await git(root, "log", "-1", "--format=%an: %s")).toBe("agent (Serai): Put both together\n");
    expect(await readFile(join(world.repository, "a.txt"), "utf8")).toBe("a\n");
    const types = (await world.events(id)).map(({ type }) => type);
    expect(types).toEqual(
      expect.arrayContaining(["checkout.committed", "reservation.acquired", "reservation.released"]),
    );
    expect((await world.read(id)).delivery).toMatchObject({ ahead: 1, dirty: false });
    const hints = (await world.events(id)).filter(({ type }) => type === "tool.started");
    expect(hints).toHaveLength(7);
  });

  it("R2: keeps an agent in an IDE from what it holds in the same tree, and is kept from what that holds", async () => {
    const { id } = await hosted("neighbour", [
      calls(["write_file", { path: "/mine.ts", content: "mine" }]),
      { text: "Go on." },
      calls(["write_file", { path: "/theirs.ts", content: "mine" }]),
    ]);
    await world.turn(id, "Begin");
    const root = await pathOf(id);
    expect(await writeInIde("beside", root, "mine.ts")).toMatch(
      /mine\.ts is reserved by .+ \(Serai\) .*— 'Work of neighbour'/,
    );
    expect(await writeInIde("beside", root, "theirs.ts")).toBe("{}");
    await world.turn(id, "And now theirs");
    expect((await results(id)).at(-1)).toMatch(/theirs\.ts is reserved by .+ \(Claude Code\)/);
    await expect(readFile(join(root, "theirs.ts"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("T4: takes a call of a later turn for another one, whatever the model calls it", async () => {
    const { id } = await hosted("again", [
      calls(["write_file", { path: "/a.txt", content: "a" }]),
      { text: "Go on." },
      calls(["edit_file", { path: "/a.txt", old_string: "a", new_string: "aa" }]),
      { text: "Go on." },
      calls(["edit_file", { path: "/a.txt", old_string: "aa", new_string: "aab" }]),
    ]);
    for (const words of ["One", "Two", "Three"]) await world.turn(id, words);
    expect(await readFile(join(await pathOf(id), "a.txt"), "utf8")).toBe("aab");
  });

  it("R4: is warned of an agent in an IDE that has the same file in the repository's own tree", async () => {
    expect(await writeInIde("at-home", world.repository, "b.txt")).toBe("{}");
    const { id } = await hosted("elsewhere", [calls(["write_file", { path: "/b.txt", content: "B" }])]);
    await world.turn(id, "Begin");
    expect((await results(id)).at(-1)).toMatch(
      /Replaced \/b\.txt[^]+b\.txt is also being worked on by .+ \(Claude Code\)/,
    );
  });
});

describe("the capability checkout", () => {
  it("wins the names of session_file_system where there is a checkout, whichever was named first", async () => {
    const { id } = await hosted("both-capabilities", [calls(["write_file", { path: "/where.txt", content: "x" }])], {
      capabilities: [{ ref: "checkout" }, { ref: "session_file_system" }],
    });
    await world.turn(id, "Begin");
    expect(await readFile(join(await pathOf(id), "where.txt"), "utf8")).toBe("x");
    expect((await world.owner.get(`/sessions/${id}/fs/where.txt`)).status).toBe(404);
  });

  it("is left out where there is none, and the session's own files are what the tools mean", async () => {
    const steps = [calls(["write_file", { path: "/where.txt", content: "x" }], ["run_command", { command: "ls" }])];
    const capabilities = [{ ref: "session_file_system" }, { ref: "checkout" }];
    const body = { name: "no-project", system_prompt: fence([...steps, { text: "Done." }]), capabilities };
    const agent = await world.owner.post<{ id: string }>("/agents", body);
    const session = await world.owner.post<Session>("/sessions", { agent_id: agent.body.id, harness: "hosted" });
    await world.turn(session.body.id, "Begin");
    const said = (await results(session.body.id)).join();
    expect(said).toContain("Created /where.txt");
    expect(said).toContain('There is no tool \\"run_command\\"');
    const file = await world.owner.fetch(`/api/v1/sessions/${session.body.id}/fs/where.txt`, {});
    expect([file.status, await file.text()]).toEqual([200, "x"]);
  });

  it("refuses a configuration that it does not know", async () => {
    const capabilities = [{ ref: "checkout", config: { unisolated: "yes" } }];
    const answer = await world.owner.post("/agents", { name: "wrong", system_prompt: "x", capabilities });
    expect(answer).toMatchObject({ status: 400, body: { path: "/capabilities/0/config/unisolated" } });
  });
});
