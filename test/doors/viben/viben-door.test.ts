/** Viben's page on a whole server: exactly its keys, its statuses and what PATCH makes of them (rulings 4, 16, 22, 23). */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allowedWords, vibenStatuses, vibenTransitions, vibenWords } from "../../../src/doors/viben/statuses.ts";
import type { VibenState, VibenStatus } from "../../../src/doors/viben/statuses.ts";
import { statusOf } from "../../../src/core/status.ts";
import { openDialectWorld } from "../dialect-world.ts";
import type { Ask, DialectWorld } from "../dialect-world.ts";

interface Session {
  readonly id: string;
  readonly agent_id: string;
  readonly task_id: string | null;
  readonly status: VibenStatus;
  readonly created_at: string;
  readonly last_active: string;
  readonly message_count: number;
  readonly data: Record<string, unknown>;
}

let world: DialectWorld;
let viben: Ask;
let agent: string;
beforeAll(async () => {
  world = await openDialectWorld();
  viben = world.door("/api/sessions");
  agent = await world.agent("talker", [{ text: "Done." }]);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  expect(world.whole.faults).toEqual([]);
});

async function make(body: object = {}): Promise<Session> {
  const made = await viben<Session>("POST", "", { agent_id: agent, ...body });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return made.body;
}
const get = async (id: string) => (await viben<Session>("GET", `/${id}`)).body;
const patch = (id: string, body: object) =>
  viben<Session & { error: string; allowed: string[] }>("PATCH", `/${id}`, body);
const control = (id: string, verb: string) => world.whole.as.owner.post(`/sessions/${id}/${verb}`);
const hanging = '```serai-script\n[{"hang":true}]\n```';

describe("a session", () => {
  it("has exactly the page's keys at each of its places", async () => {
    const made = await make({ task_id: "task-xyz" });
    expect(made).toEqual({
      id: expect.stringMatching(/^ses_/),
      agent_id: agent,
      task_id: "task-xyz",
      status: "created",
      created_at: expect.any(String),
    });
    const { body: shown } = await viben<Session>("GET", `/${made.id}`);
    expect(shown).toEqual({ ...made, last_active: made.created_at, message_count: 0, data: expect.any(Object) });
    expect(Object.keys(shown.data)).toEqual(["workdir", "model"]);
    const { body: list } = await viben<{ sessions: Session[] }>("GET", "?task_id=task-xyz");
    const { data: _, ...listed } = shown;
    expect(list).toEqual({ sessions: [listed] });
  });

  it("is created although it was given a prompt, whose turn begins at once; its counts are true", async () => {
    const { id, status, created_at } = await make({ prompt: "Initial prompt for the session" });
    expect(status).toBe("created");
    await world.settled(id);
    const shown = await get(id);
    expect(shown).toMatchObject({ status: "active", message_count: 2, data: { model: "scripted" } });
    expect(shown.last_active > created_at).toBe(true);
    const sent = await viben("POST", `/${id}/message`, { content: "Please continue with the implementation" });
    expect(sent.status).toBe(200);
    expect(sent.body).toEqual({
      message_id: expect.stringMatching(/^msg_/),
      status: "sent",
      timestamp: expect.any(String),
    });
    await world.settled(id);
    expect((await get(id)).message_count).toBe(4);
  });

  it("queues a message to a turn that runs, and refuses one to a session that was killed", async () => {
    const { id } = await make({ prompt: hanging });
    expect((await viben("POST", `/${id}/message`, { content: "and then" })).status).toBe(200);
    const queue = await world.whole.as.owner.get<{ data: unknown[] }>(`/sessions/${id}/queue`);
    expect(queue.body.data).toHaveLength(1);
    await control(id, "kill");
    const refused = await viben("POST", `/${id}/message`, { content: "more" });
    expect(refused).toMatchObject({ status: 409, body: { error: expect.stringContaining(id) } });
    expect(Object.keys(refused.body)).toEqual(["error"]);
  });

  it("may name a harness in capitals, and HOSTED means the workspace's own agent", async () => {
    const made = await make({ agent_id: "HOSTED" });
    expect(made.agent_id).toMatch(/^agt_/);
    expect(await viben("POST", "", { agent_id: "NOBODY" })).toMatchObject({
      status: 404,
      body: { error: expect.stringMatching(/^Agent "NOBODY" was not found; .* one of HOSTED, CLAUDE_CODE, CODEX/) },
    });
    expect(await viben("POST", "", { agent_id: "OBSERVED" })).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/^\/agent_id: /) },
    });
  });

  it("is deleted with its id, and is then at no door", async () => {
    const { id } = await make();
    expect(await viben("DELETE", `/${id}`)).toMatchObject({ status: 200, body: { deleted: id } });
    expect((await viben("GET", `/${id}`)).status).toBe(404);
    expect((await viben("DELETE", `/${id}`)).status).toBe(404);
    expect((await world.whole.as.owner.get(`/sessions/${id}`)).status).toBe(404);
  });
});

describe("an id that names nothing is a 404, whatever it looks like (ruling 3)", () => {
  it.each(["session-abc123", "ses_00000000000070008000000000000009", "%ff", "..%2f", "%00", "a".repeat(2_000)])(
    "%.40s",
    async (id) => {
      for (const [method, path, body] of [
        ["GET", "", undefined],
        ["PATCH", "", {}],
        ["DELETE", "", undefined],
        ["POST", "/message", { content: "x" }],
      ] as const) {
        const answer = await viben(method, `/${id}${path}`, body);
        expect(answer).toMatchObject({ status: 404, body: { error: expect.any(String) } });
        expect(Object.keys(answer.body)).toEqual(["error"]);
      }
    },
  );

  it("and so is a session of another workspace", async () => {
    const { id } = await make();
    expect((await viben("GET", `/${id}`, undefined, "stranger")).status).toBe(404);
  });
});

describe("bad input is a 400 with one sentence", () => {
  it.each([
    ["POST", "", {}],
    ["POST", "", { agent_id: 1 }],
    ["POST", "", { agent_id: "a\u0000" }],
    ["POST", "", { agent_id: "HOSTED", prompt: "x".repeat(300_000) }],
    ["POST", "", { agent_id: "HOSTED", prompt: " \n" }],
    ["GET", "?status=running", undefined],
    ["GET", "?cursor=x", undefined],
    ["GET", "?limit=0", undefined],
  ] as const)("%s %s %j", async (method, path, body) => {
    const answer = await viben(method, path, body);
    expect(answer.status).toBe(400);
    expect(Object.keys(answer.body)).toEqual(["error"]);
  });

  it("and an unknown route is a 404 of this door", async () => {
    expect((await viben("GET", "/a/b/c")).body).toEqual({ error: "There is no route GET /api/sessions/a/b/c" });
  });
});

type Shape = { readonly make: () => Promise<string>; readonly word: VibenStatus };
const made = async (body: object, ...verbs: readonly string[]) => {
  const { id } = await make(body);
  for (const verb of verbs) await control(id, verb);
  return id;
};
const shapes: Readonly<Record<VibenState, Shape>> = {
  created: { word: "created", make: () => made({}) },
  active: { word: "active", make: () => made({ prompt: hanging }) },
  paused: { word: "paused", make: () => made({ prompt: hanging }, "pause") },
  completed: { word: "completed", make: () => made({ prompt: hanging }, "complete") },
  failed: {
    word: "failed",
    make: async () => {
      const id = await made({ prompt: hanging });
      expect((await patch(id, { status: "failed" })).body.status).toBe("failed");
      return id;
    },
  },
  killed: { word: "failed", make: () => made({}, "kill") },
};

describe("PATCH of a status is a cell of the table (ruling 23)", () => {
  const cells = Object.entries(vibenTransitions).flatMap(([state, row]) =>
    Object.entries(row).map(([word, change]) => [state as VibenState, word as VibenStatus, change] as const),
  );

  it.each(cells)("%s to %s: %s", async (state, word, change) => {
    const id = await shapes[state].make();
    const before = await get(id);
    expect(before.status).toBe(shapes[state].word);
    const answer = await patch(id, { status: word, data: { seen: true } });
    if (change === "refuse") {
      expect(answer).toMatchObject({ status: 400, body: { allowed: allowedWords(state) } });
      expect(Object.keys(answer.body)).toEqual(["error", "allowed"]);
      expect(await get(id)).toEqual(before);
    } else {
      expect(answer.status, JSON.stringify(answer.body)).toBe(200);
      expect(answer.body.data).toMatchObject({ seen: true });
      expect(answer.body.status).toBe(word);
      expect(await get(id)).toEqual(answer.body);
    }
  });

  it.each(Object.entries(shapes))(
    "a list by status has the one that is %s (S7)",
    async (_, { make: makeOne, word }) => {
      const id = await makeOne();
      await patch(id, { data: {} });
      for (const status of vibenWords) {
        const { body } = await viben<{ sessions: Session[] }>("GET", `?status=${status}`);
        expect(body.sessions.some((each) => each.id === id)).toBe(status === word);
        expect(body.sessions.every((each) => each.status === status)).toBe(true);
      }
    },
  );

  it("has a word for every session that there can be", () => {
    const facts = {
      turnId: null,
      stopReason: null,
      isolation: null,
      preview: null,
      outputPreview: null,
      needs: [],
      queuedCount: 1,
    };
    for (const lifecycle of ["open", "completed", "failed", "killed"] as const)
      for (const hold of ["none", "person", "budget"] as const)
        for (const turn of ["none", "active", "waiting", "cancelling"] as const)
          for (const turnCount of [0, 1])
            expect(vibenWords).toContain(statusOf(vibenStatuses, { ...facts, lifecycle, hold, turn, turnCount }));
  });
});

describe("PATCH", () => {
  it("merges data, and shows what it computes itself", async () => {
    const { id } = await make();
    await patch(id, { data: { notes: "Paused for review", keep: { a: 1, b: 2 } } });
    const { body } = await patch(id, { data: { notes: null, keep: { b: null } } });
    expect(body.data).toEqual({ keep: { a: 1 }, workdir: null, model: "scripted" });
    for (const data of [{ workdir: "/x" }, { model: "m" }]) {
      expect(await patch(id, { data })).toMatchObject({
        status: 400,
        body: { error: expect.stringContaining("computed") },
      });
    }
  });

  it("begins the first turn with a prompt, and later changes the system prompt with one", async () => {
    const { id } = await make();
    expect((await patch(id, { prompt: "Begin" })).body.status).toBe("active");
    await world.settled(id);
    expect((await get(id)).message_count).toBe(2);
    expect((await patch(id, { prompt: "Answer in verse" })).body.message_count).toBe(2);
    const native = await world.whole.as.owner.get<Record<string, unknown>>(`/sessions/${id}`);
    expect(native.body).toMatchObject({ system_prompt: "Answer in verse", initial_prompt: "Begin", turn_count: 1 });
  });

  it("keeps the prompt of a session that is paused before its first turn until it goes on", async () => {
    const { id } = await make();
    expect((await patch(id, { status: "paused", prompt: "Begin" })).body).toMatchObject({
      status: "paused",
      message_count: 0,
    });
    expect((await patch(id, { status: "active" })).status).toBe(200);
    await world.settled(id);
    expect((await get(id)).message_count).toBe(2);
  });
});

describe("the list", () => {
  it("filters by task, agent and harness together, and pages by its Link", async () => {
    const other = await world.agent("other");
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) ids.unshift((await make({ agent_id: other, task_id: "paged" })).id);
    await make({ task_id: "paged" });
    const seen: string[] = [];
    let next: string | null = `?agent_id=${other}&task_id=paged&limit=2`;
    while (next !== null) {
      const page: Awaited<ReturnType<typeof viben<{ sessions: Session[] }>>> = await viben("GET", next);
      seen.push(...page.body.sessions.map(({ id }) => id));
      const link = /<(.*)>; rel="next"/.exec(page.headers.get("link") ?? "")?.[1];
      next = link === undefined ? null : new URL(link).search;
    }
    expect(seen).toEqual(ids);
    const hosted = await viben<{ sessions: Session[] }>("GET", "?agent_id=HOSTED&task_id=paged");
    expect(hosted.body.sessions).toHaveLength(4);
    expect((await viben<{ sessions: Session[] }>("GET", "?agent_id=CLAUDE_CODE")).body).toEqual({ sessions: [] });
  });
});
