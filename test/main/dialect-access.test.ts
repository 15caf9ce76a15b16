/** Who may call which route of the doors of other products: on a whole server, with real keys, over the socket (Q9). */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeRepository } from "../checkouts/repository.ts";
import { callers, openWholeServer } from "./whole-server.ts";
import type { Caller, WholeServer } from "./whole-server.ts";

interface Row {
  readonly route: string;
  readonly needs: "nobody" | "viewer" | "member";
  readonly body?: unknown;
  /** The answer to those who may. */
  readonly status: number;
}

const V = "/api/sessions";
const A = "/agen/api/v1/sessions";
const E = "/ennio/api/v1";

const rows: readonly Row[] = [
  { route: `GET ${V}`, needs: "viewer", status: 200 },
  { route: `POST ${V}`, needs: "member", body: { agent_id: "HOSTED" }, status: 201 },
  { route: `GET ${V}/{id}`, needs: "viewer", status: 200 },
  { route: `PATCH ${V}/{id}`, needs: "member", body: {}, status: 200 },
  { route: `DELETE ${V}/{id}`, needs: "member", status: 200 },
  { route: `POST ${V}/{id}/message`, needs: "member", body: { content: "x" }, status: 200 },
  { route: `GET ${A}`, needs: "viewer", status: 200 },
  { route: `POST ${A}`, needs: "member", body: { branch_name: null }, status: 201 },
  { route: `GET ${A}/{id}`, needs: "viewer", status: 200 },
  { route: `POST ${A}/{id}/messages`, needs: "member", body: { content: "x" }, status: 201 },
  { route: `POST ${A}/{id}/cancel`, needs: "member", status: 200 },
  { route: `POST ${A}/{id}/merge`, needs: "member", status: 409 },
  { route: `GET ${E}/health`, needs: "nobody", status: 200 },
  { route: `GET ${E}/sessions`, needs: "viewer", status: 200 },
  { route: `GET ${E}/sessions/{id}`, needs: "viewer", status: 200 },
  // Of a project that a stranger's workspace has not.
  { route: `POST ${E}/sessions`, needs: "member", body: { project_id: "mine", prompt: "x" }, status: 200 },
  { route: `DELETE ${E}/sessions/{id}`, needs: "member", status: 200 },
  { route: `POST ${E}/sessions/{id}/send`, needs: "member", body: { message: "x" }, status: 200 },
];

const RANK = { viewer: 0, member: 1, owner: 2, stranger: 2 } as const;
const ofWorkspace = (route: string) => route.includes("{id}") || route === `POST ${E}/sessions`;

function expected({ needs, status, route }: Row, caller: Caller): number {
  if (needs === "nobody") return status;
  if (caller === "none") return 401;
  if (RANK[caller] < RANK[needs]) return 403;
  return caller === "stranger" && ofWorkspace(route) ? 404 : status;
}

let whole: WholeServer;
let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "serai-access-"));
  whole = await openWholeServer();
  await makeRepository(join(base, "mine"), { "README.md": "x\n" });
  const { body } = await whole.as.owner.post<{ id: string }>("/agents", { name: "a", system_prompt: "x" });
  await whole.as.owner.post("/projects", { name: "mine", path: join(base, "mine"), default_agent_id: body.id });
});
afterAll(async () => {
  await whole[Symbol.asyncDispose]();
  await rm(base, { recursive: true, force: true });
  expect(whole.faults).toEqual([]);
});

async function statusOf(caller: Caller, { route, body }: Row): Promise<number> {
  const made = await whole.as.owner.post<{ id: string }>("/sessions", { harness_name: "generic" });
  const [method = "", pattern = ""] = route.split(" ");
  const init =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const response = await whole.as[caller].fetch(pattern.replace("{id}", made.body.id), { method, ...init });
  await response.body?.cancel();
  return response.status;
}

describe("who may call which route of Viben, Agen and Ennio", () => {
  it("has a row for every route of theirs", async () => {
    const { paths } = (await (await whole.as.none.fetch("/openapi.json")).json()) as {
      paths: Record<string, Record<string, { tags: string[] }>>;
    };
    const all = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([, { tags }]) => ["Viben", "Agen", "Ennio"].includes(tags[0] ?? ""))
        .map(([method]) => `${method.toUpperCase()} ${path}`),
    );
    expect(rows.map(({ route }) => route).toSorted()).toEqual(all.toSorted());
  });

  it("documents at Ennio's routes no status that its page has not", async () => {
    const { paths } = (await (await whole.as.none.fetch("/openapi.json")).json()) as {
      paths: Record<string, Record<string, { tags: string[]; responses: Record<string, unknown> }>>;
    };
    const operations = Object.values(paths).flatMap((each) => Object.values(each));
    const statuses = operations
      .filter(({ tags }) => tags[0] === "Ennio")
      .flatMap(({ responses }) => Object.keys(responses));
    expect([...new Set(statuses)].toSorted()).toEqual(["200", "400", "401", "402", "403", "404", "409", "500", "504"]);
  });

  it.each(rows)("$route needs $needs", async (row) => {
    for (const caller of callers)
      expect([caller, await statusOf(caller, row)]).toEqual([caller, expected(row, caller)]);
  });
});
