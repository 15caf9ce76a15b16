/** Lists of sessions on a whole server over SQLite: every filter by offset and by cursor, and pins. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Session, SessionList } from "../../src/doors/native/schema/session.ts";
import { text } from "../doors/native/native-client.ts";
import type { NativeClient } from "../doors/native/native-client.ts";
import { openWholeServer } from "./whole-server.ts";
import type { WholeServer } from "./whole-server.ts";

let whole: WholeServer;
let owner: NativeClient;
let agents: readonly string[];
let between: string;
const COUNT = 24;
beforeAll(async () => {
  whole = await openWholeServer({ limits: { pinnedSessions: 5 } });
  owner = whole.as.owner;
  const make = async (name: string) =>
    (await owner.post<{ id: string }>("/agents", { name, system_prompt: "" })).body.id;
  agents = [await make("one"), await make("two")];
  for (let n = 0; n < COUNT; n++) {
    const client = n % 3 === 0 ? whole.as.member : owner;
    const tags = [n % 2 === 0 ? "even" : "odd", ...(n % 4 === 0 ? ["fourth"] : [])];
    const title = n % 5 === 0 ? `Fünf ${n}` : `Session ${n}`;
    const { body } = await client.post<Session>("/sessions", { agent_id: agents[n % 2], title, tags });
    if (n === 11) between = body.created_at;
    if (n % 8 === 0) await owner.post(`/sessions/${body.id}/complete`);
  }
});
afterAll(async () => {
  await whole[Symbol.asyncDispose]();
  expect(whole.faults).toEqual([]);
});

const list = async (query: string, client = owner) => (await client.get<SessionList>(`/sessions${query}`)).body;
const numberOf = ({ title }: Pick<Session, "title">) => Number(title?.split(" ")[1]);

async function byCursor(query: string): Promise<readonly number[]> {
  const seen: number[] = [];
  for (let cursor = ""; ;) {
    const page = await list(`?limit=3&${query}${cursor}`);
    expect(page.sessions).toEqual(page.data);
    seen.push(...page.data.map(numberOf));
    if (typeof page.next_cursor !== "string") return seen;
    cursor = `&cursor=${page.next_cursor}`;
  }
}

async function byOffset(query: string): Promise<readonly number[]> {
  const seen: number[] = [];
  for (let offset = 0; ; offset += 3) {
    const page = await list(`?limit=3&offset=${offset}&${query}`);
    seen.push(...page.data.map(numberOf));
    if (!page.has_more) return seen;
  }
}

describe("a list of sessions", () => {
  const all = Array.from({ length: COUNT }, (_, n) => COUNT - 1 - n);
  const filters: readonly (readonly [string, () => string, (n: number) => boolean])[] = [
    ["nothing", () => "", () => true],
    ["agent", () => `agent_id=${agents[1]}`, (n) => n % 2 === 1],
    ["a tag", () => "tags=fourth", (n) => n % 4 === 0],
    ["two tags", () => "tags=even&tags=fourth", (n) => n % 4 === 0],
    ["tags that none has", () => "tags=odd&tags=fourth", () => false],
    ["a status", () => "status=completed", (n) => n % 8 === 0],
    ["a part of the title, ignoring case", () => "search=FÜNF", (n) => n % 5 === 0],
    ["who made it", () => "mine=true", () => true],
    ["before a time", () => `created_before=${between}`, (n) => n < 11],
    ["after a time", () => `created_after=${between}`, (n) => n > 11],
    [
      "all together",
      () => `agent_id=${agents[0]}&tags=fourth&search=session&created_after=${between}&status=idle`,
      (n) => n === 12,
    ],
  ];

  it.each(filters)("is filtered by %s, page by page, by cursor and by offset (S7)", async (_, query, fits) => {
    const expected = all.filter(fits);
    expect(await byCursor(query())).toEqual(expected);
    expect(await byOffset(query())).toEqual(expected);
    expect((await list(`?${query()}`)).total).toBe(expected.length);
  });

  it("brings up what was worked on last", async () => {
    const [third] = (await list("?search=Session%203")).data;
    await owner.post(`/sessions/${third?.id}/messages?wait=true`, text("hello"));
    const [first, ...others] = await byCursor("order=last_activity");
    expect(first).toBe(3);
    expect(new Set(others).size).toBe(COUNT - 1);
    expect(await byOffset("order=last_activity")).toEqual([first, ...others]);
  });

  it.each([
    "status=waiting",
    "order=title",
    "limit=x",
    "cursor=nonsense",
    "needs=money",
    "mine=maybe",
    "created_after=now",
  ])("refuses ?%s and names the parameter", async (query) => {
    const refused = await owner.get(`/sessions?${query}`);
    const path = expect.stringMatching(`^${query.split("=")[0]}(\\.0)?$`);
    expect(refused).toMatchObject({ status: 400, body: { in: "query", path } });
  });
});

describe("a pin", () => {
  it("is the user's own, shows on the session, and filters the list", async () => {
    const page = (await list("?limit=3&search=Session")).data;
    const [first, second] = page.map(({ id }) => id);
    const pin = (id: string | undefined, method = "PUT") => owner.call(method, `/sessions/${id}/pin`);
    expect((await pin(first)).status).toBe(204);
    expect((await pin(first)).status).toBe(204);
    await pin(second);
    expect((await owner.get<Session>(`/sessions/${first}`)).body.is_pinned).toBe(true);
    expect((await list("?pinned=true&limit=1")).data.map(({ id }) => id)).toEqual([first]);
    expect(await list("?pinned=true&limit=1")).toMatchObject({ total: 2, has_more: true });
    const shown = (await list("?limit=3&search=Session")).data.map(({ is_pinned }) => is_pinned);
    expect(shown).toEqual([true, true, false]);
    await pin(first, "DELETE");
    await pin(first, "DELETE");
    expect((await list("?pinned=true")).data.map(({ id }) => id)).toEqual([second]);
    await owner.call("DELETE", `/sessions/${second}/pin`);
    expect((await list("?pinned=true")).total).toBe(0);
  });

  it("outlives the trash, and makes room when its session is gone for good", async () => {
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) {
      ids.push((await owner.post<Session>("/sessions", { agent_id: agents[0], title: `pinned ${n}` })).body.id);
    }
    const [first, ...others] = ids;
    const sixth = others.pop();
    const answers = await Promise.all([first, ...others].map((id) => owner.call("PUT", `/sessions/${id}/pin`)));
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204, 204]);
    const full = await owner.call("PUT", `/sessions/${sixth}/pin`);
    expect(full).toMatchObject({ status: 409, body: { code: "quota_exceeded", setting: "pinnedSessions" } });
    await owner.call("DELETE", `/sessions/${first}`);
    expect((await owner.call("PUT", `/sessions/${first}/pin`)).status).toBe(404);
    const restored = await owner.post<Session>(`/sessions/${first}/restore`);
    expect(restored.body.is_pinned).toBe(true);
    await owner.call("DELETE", `/sessions/${first}?permanent=true`);
    expect((await owner.call("PUT", `/sessions/${sixth}/pin`)).status).toBe(204);
    expect((await list("?pinned=true")).total).toBe(5);
  });
});
