/** `kill -9` of a server between the raising of a budget and the waking of those that wait for it (W9). */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Session } from "../../../src/doors/native/schema/session.ts";
import { makeRepository } from "../../checkouts/repository.ts";
import { fence, until } from "../children-world.ts";
import { apiOf, startServer } from "../server-process.ts";
import type { Api } from "../server-process.ts";

const used = { input: 600, output: 60 };

async function post<T>(api: Api, path: string, body: unknown): Promise<T> {
  const { status, body: answer } = await api.json("POST", path, body);
  expect(status, JSON.stringify(answer)).toBe(201);
  return answer as T;
}

const read = async (api: Api, id: string) => (await api.json("GET", `/sessions/${id}`)).body as Session;

it("W9: the next server wakes turns whose budget was raised, and leaves those whose was not", async () => {
  const folder = await mkdtemp(join(tmpdir(), "serai-budget-"));
  const env = { SERAI_TEST_CRASH_AT: "wake:budget*1" };
  const first = await startServer({ folder, env });
  const died = once(first.child, "exit");
  const api = apiOf(first);
  await makeRepository(join(folder, "app"), { "a.txt": "a\n" });
  const held = async (name: string) => {
    await post(api, "/projects", {
      name,
      path: join(folder, "app"),
      default_harness: "hosted",
      budget: { tokens: 300 },
    });
    const { id } = await post<Session>(api, "/sessions", { project_id: name });
    const words = `${"word ".repeat(300)}\n${fence([{ text: "Done.", usage: used }])}`;
    await post(api, `/sessions/${id}/messages`, { message: { content: [{ type: "text", text: words }] } });
    await until(async () => (await read(api, id)).needs.includes("budget"));
    return id;
  };
  const [raised, kept] = [await held("raised"), await held("kept")];
  await api.json("PATCH", "/projects/raised", { budget: { tokens: 100_000 } }).catch(() => undefined);
  expect((await died)[1]).toBe("SIGKILL");
  await using second = await startServer({ folder });
  const after = apiOf(second);
  const done = await until(async () => {
    const now = await read(after, raised);
    return now.status === "idle" && now;
  });
  expect(done.stop_reason).toBe("end_turn");
  const page = await after.json(
    "GET",
    `/sessions/${kept}/events?limit=1000&types=budget.exhausted&types=budget.resumed`,
  );
  expect((page.body as { data: object[] }).data).toHaveLength(1);
  expect((await read(after, kept)).needs).toEqual(["budget"]);
  await second[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
}, 60_000);
