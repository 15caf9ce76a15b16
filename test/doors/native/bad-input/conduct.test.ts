/** Requests that are well-formed, one by one, and still wrong: at once, twice, too late, about what is not there (Q8). */
import { afterAll, describe, expect, it } from "vitest";
import { absentId } from "./routes.ts";
import { text } from "../native-client.ts";
import type { Answer } from "../native-client.ts";
import { openBadWorld } from "./bad-world.ts";

const world = await openBadWorld();
const { owner } = world.whole.as;
const { things } = world;

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  expect(world.whole.faults).toEqual([]);
});

const statuses = (answers: readonly Answer<unknown>[]) => answers.map(({ status }) => status).toSorted((a, b) => a - b);

async function openSession(): Promise<string> {
  const made = await owner.post<{ id: string }>("/sessions", { harness_name: "generic" });
  return made.body.id;
}

describe("messages", () => {
  it("of which two come at once: one starts its turn, the other is told how to wait (T1)", async () => {
    const id = await openSession();
    const sends = Array.from({ length: 8 }, (_, i) => owner.post(`/sessions/${id}/messages`, text(`message ${i}`)));
    const answers = await Promise.all(sends);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(answers.length - refused.length).toBeGreaterThanOrEqual(1);
    for (const { status, body } of refused) {
      expect([status, body.code]).toEqual([400, "turn_running"]);
      expect(body.detail).toMatch(/turn\.completed.*cancel.*when_busy=queue/);
    }
    const listed = await owner.get<{ data: readonly { type: string }[] }>(`/sessions/${id}/events?types=input.message`);
    expect(listed.body.data).toHaveLength(answers.length - refused.length);
  });

  it("with one key at once are one message", async () => {
    const id = await openSession();
    const send = () =>
      owner.post<{ id: string }>(`/sessions/${id}/messages`, {
        ...text("once"),
        client_message_id: "k",
        when_busy: "queue",
      });
    const answers = await Promise.all([send(), send(), send(), send()]);
    expect(statuses(answers)).toEqual([201, 201, 201, 201]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  });

  it("name models, images and agents that are there", async () => {
    const id = await openSession();
    const { message } = text("hi");
    const image = { type: "image_file", image_id: absentId({ pattern: "^img_" }) };
    const answers = [
      await owner.post(`/sessions/${id}/messages`, { message: { ...message, controls: { model_id: "nonsense" } } }),
      await owner.post(`/sessions/${id}/messages`, { message: { content: [image] } }),
      await owner.post(`/sessions/${id}/messages`, { message: { content: [{ type: "image_file", image_id: "x" }] } }),
      await owner.post(`/sessions`, { agent_id: absentId({ pattern: "^agt_" }) }),
      await owner.post(`/sessions`, { agent_id: things["agent_id"], model_id: absentId({ pattern: "^mod_" }) }),
    ];
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(answers.map(() => [404, "not_found"]));
    expect((await owner.get(`/sessions/${id}/events?types=input.message`)).body).toMatchObject({ data: [] });
  });
});

describe("cancel", () => {
  it("of nothing, and twice at once, are the same as once (T6)", async () => {
    const id = await openSession();
    const idle = await Promise.all([1, 2, 3].map(() => owner.post(`/sessions/${id}/cancel`)));
    expect(idle.map(({ status, body }) => [status, body])).toEqual(
      idle.map(() => [200, expect.objectContaining({ status: "no_op" })]),
    );
    await owner.post(`/sessions/${id}/messages`, text("hi"));
    const both = await Promise.all([1, 2, 3, 4].map(() => owner.post(`/sessions/${id}/cancel`)));
    expect(statuses(both)).toEqual([200, 200, 200, 200]);
    const log = await owner.get<{ data: readonly unknown[] }>(`/sessions/${id}/events?types=turn.cancelled`);
    expect(log.body.data.length).toBeLessThanOrEqual(1);
  });
});

describe("answers that nobody waits for", () => {
  it("are refused: results of tools, and answers to questions", async () => {
    const id = await openSession();
    const results = (given: object) => owner.post(`/sessions/${id}/tool-results`, { tool_results: [given] });
    const refused = [
      await results({ tool_call_id: "call", result: 1 }),
      await results({ tool_call_id: "call", error: "it broke" }),
    ];
    for (const { status, body } of refused) expect([status, body.code]).toEqual([409, "not_waiting"]);
    expect((await results({ tool_call_id: "", result: 1 })).status).toBe(400);
    const approval = absentId({ pattern: "^apr_" });
    const answered = await owner.post(`/sessions/${id}/approvals/${approval}`, { answer: "allow" });
    expect([answered.status, answered.body.code]).toEqual([404, "not_found"]);
    const log = await owner.get(`/sessions/${id}/events`);
    expect(log.body).toMatchObject({ data: [{ type: "session.created" }] });
  });
});

describe("the ends of a session", () => {
  it("are refused from where they cannot be reached, and name what can be", async () => {
    const id = await openSession();
    await owner.post(`/sessions/${id}/kill`);
    const late = [
      await owner.post(`/sessions/${id}/messages`, text("hi")),
      await owner.post(`/sessions/${id}/resume`),
      await owner.post(`/sessions/${id}/pause`),
    ];
    for (const { status, body } of late) {
      expect([status, body.code]).toEqual([409, "not_allowed"]);
      expect(body).toHaveProperty("allowed");
    }
    expect((await owner.call("DELETE", `/sessions/${id}`)).status).toBe(204);
    const gone = await Promise.all([
      owner.get(`/sessions/${id}`),
      owner.post(`/sessions/${id}/messages`, text("hi")),
      owner.call("DELETE", `/sessions/${id}`),
    ]);
    expect(statuses(gone)).toEqual([404, 404, 404]);
  });
});

/** [what, capabilities, place, what the schema says about it] */
const CONFIGURATIONS: readonly (readonly [string, unknown, string, RegExp])[] = [
  ["an unknown capability", [{ ref: "flying" }], "/capabilities/0/ref", /no capability "flying"; there are .*bash/],
  ["one with a name that is a path", [{ ref: "../bash" }], "/capabilities/0/ref", /no capability/],
  ["one of the language itself", [{ ref: "constructor" }], "/capabilities/0/ref", /no capability/],
  ["the second", [{ ref: "session" }, { ref: "x" }], "/capabilities/1/ref", /no capability "x"/],
  [
    "a limit that is text",
    [{ ref: "web_fetch", config: { timeout_seconds: "long" } }],
    "/capabilities/0/config/timeout_seconds",
    /expected number/,
  ],
  [
    "a limit out of bounds",
    [{ ref: "web_fetch", config: { timeout_seconds: 121 } }],
    "/capabilities/0/config/timeout_seconds",
    /120/,
  ],
  ["an unknown key", [{ ref: "session", config: { colour: "red" } }], "/capabilities/0/config/colour", /./],
  ["a configuration that is a list", [{ ref: "session", config: [] }], "/capabilities/0/config", /./],
];

describe("capabilities", () => {
  it.each(CONFIGURATIONS)(
    "%s is a 400 with the schema's own words, wherever it is given",
    async (_, capabilities, path, words) => {
      const before = await world.stored();
      const places = [
        await owner.post("/agents", { name: "new", system_prompt: "", capabilities }),
        await owner.call("PATCH", `/agents/${things["agent_id"]}`, { capabilities }),
        await owner.post("/harnesses", { name: "new", capabilities }),
        await owner.post("/sessions", { agent_id: things["agent_id"], capabilities }),
      ];
      for (const { status, body } of places) {
        expect([status, body.code, body.path]).toEqual([400, "invalid_input", path]);
        expect(body.detail).toMatch(words);
      }
      expect(await world.stored()).toBe(before);
    },
  );
});

describe("patterns", () => {
  const url = () => `/sessions/${things["session_id"]}/fs/_/grep`;

  it.each([
    "(",
    "[",
    "*",
    "a{2,1}",
    "(a)\\1",
    "(?<=a)b",
    "\\",
    "(?<n>a)(?<n>b)",
    "\\p{Nonsense}",
    "a{1001}",
    "(".repeat(5_000),
  ])("that are none are a 400 at /pattern: %s", async (pattern) => {
    const refused = await owner.post(url(), { pattern });
    expect([refused.status, refused.body.path]).toEqual([400, "/pattern"]);
  });

  it("that would take for ever elsewhere are answered", async () => {
    const slow = ["(a+)+$", "(a|a)*b", "(.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$", "((a{1,100}){1,100})"];
    for (const pattern of slow) {
      const answered = await owner.post(url(), { pattern });
      expect({ pattern, isAnswered: [200, 400].includes(answered.status) }).toEqual({ pattern, isAnswered: true });
    }
  });
});

describe("headers", () => {
  const strange = ["\u00ff\u00fe", "x".repeat(10_000), '"', "__proto__", "-1", "1e999", "../../etc/passwd"];

  it.each(strange)("of any content are refused or left alone: %s", async (value) => {
    const id = things["session_id"] ?? "";
    const names = [
      "Last-Event-ID",
      "If-Match",
      "If-None-Match",
      "If-Range",
      "Range",
      "Idempotency-Key",
      "Accept",
      "X-Request-Id",
    ];
    for (const name of names) {
      const answers = await Promise.all([
        owner.fetch(`/api/v1/sessions/${id}/fs/notes.txt`, { headers: { [name]: value } }),
        owner.fetch(`/api/v1/sessions/${id}/events`, { headers: { [name]: value } }),
        owner.fetch("/api/v1/sessions", {
          method: "POST",
          body: "{}",
          headers: { [name]: value, "content-type": "application/json" },
        }),
      ]);
      for (const { status } of answers) expect({ name, isFault: status >= 500 }).toEqual({ name, isFault: false });
      await Promise.all(answers.map(async (answer) => answer.body?.cancel()));
    }
  });
});
