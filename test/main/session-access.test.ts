/** Who may call which route of sessions and what belongs to them: on a whole server, with real keys, over the socket (Q9). */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultLimits } from "../../src/core/limits.ts";
import type { Session } from "../../src/doors/native/schema/session.ts";
import { recordRoutes } from "../../src/doors/native/record-routes.ts";
import { text } from "../doors/native/native-client.ts";
import { callers, openWholeServer } from "./whole-server.ts";
import type { Caller, WholeServer } from "./whole-server.ts";

interface Row {
  readonly route: string;
  readonly needs: "nobody" | "viewer" | "member";
  readonly body?: unknown;
  readonly query?: string;
  /** The answer to those who may; what a route's path names beside the session is not there. */
  readonly status: number;
}

const S = "/sessions/{session_id}";
const file = { path: "/a" };
const places = { src_path: "/a", dst_path: "/b" };
const content = [{ type: "text", text: "x" }];

const rows: readonly Row[] = [
  { route: "POST /sessions", needs: "member", body: { harness_name: "generic" }, status: 201 },
  { route: "GET /sessions", needs: "viewer", status: 200 },
  { route: "GET /sessions/stats", needs: "viewer", status: 200 },
  { route: "POST /sessions/chat", needs: "member", status: 200 },
  { route: `GET ${S}`, needs: "viewer", status: 200 },
  { route: `PATCH ${S}`, needs: "member", body: {}, status: 200 },
  { route: `DELETE ${S}`, needs: "member", status: 204 },
  { route: `POST ${S}/fork`, needs: "member", status: 201 },
  { route: `GET ${S}/export`, needs: "viewer", status: 200 },
  { route: `PUT ${S}/pin`, needs: "member", status: 204 },
  { route: `DELETE ${S}/pin`, needs: "member", status: 204 },
  { route: `POST ${S}/pause`, needs: "member", status: 200 },
  { route: `POST ${S}/resume`, needs: "member", status: 200 },
  { route: `POST ${S}/complete`, needs: "member", status: 200 },
  { route: `POST ${S}/kill`, needs: "member", status: 200 },
  { route: `POST ${S}/restore`, needs: "member", status: 200 },
  { route: `POST ${S}/cancel`, needs: "member", status: 200 },
  { route: `POST ${S}/messages`, needs: "member", body: text("x"), status: 201 },
  { route: `GET ${S}/messages`, needs: "viewer", status: 200 },
  { route: `GET ${S}/queue`, needs: "viewer", status: 200 },
  { route: `PATCH ${S}/queue/{message_id}`, needs: "member", body: { content }, status: 404 },
  { route: `DELETE ${S}/queue/{message_id}`, needs: "member", status: 404 },
  { route: "GET /approvals", needs: "viewer", status: 200 },
  { route: `GET ${S}/approvals/{approval_id}`, needs: "viewer", status: 404 },
  { route: `POST ${S}/approvals/{approval_id}`, needs: "member", body: { answer: "allow" }, status: 404 },
  { route: "GET /feed", needs: "viewer", status: 200 },
  { route: "GET /feed/sse", needs: "viewer", status: 200 },
  { route: "GET /brief", needs: "viewer", status: 200 },
  { route: "GET /team", needs: "viewer", status: 200 },
  { route: "POST /team", needs: "member", body: { conversation_id: "x" }, status: 200 },
  { route: "GET /decisions", needs: "viewer", status: 200 },
  { route: "POST /decisions", needs: "member", body: { title: "x" }, status: 201 },
  { route: "POST /decisions/search", needs: "viewer", body: { query: "x" }, status: 200 },
  { route: "GET /decisions/{decision_id}", needs: "viewer", status: 404 },
  { route: "PATCH /decisions/{decision_id}", needs: "member", body: {}, status: 404 },
  { route: "DELETE /decisions/{decision_id}", needs: "member", status: 404 },
  { route: "POST /decisions/{decision_id}/reaffirm", needs: "member", status: 404 },
  { route: "GET /conventions", needs: "viewer", status: 200 },
  { route: "POST /conventions", needs: "member", body: { title: "x" }, status: 201 },
  { route: "GET /conventions/{convention_id}", needs: "viewer", status: 404 },
  { route: "PATCH /conventions/{convention_id}", needs: "member", body: {}, status: 404 },
  { route: "DELETE /conventions/{convention_id}", needs: "member", status: 404 },
  { route: "GET /approval-rules", needs: "viewer", status: 200 },
  { route: "DELETE /approval-rules/{rule_id}", needs: "member", status: 404 },
  {
    route: `POST ${S}/tool-results`,
    needs: "member",
    body: { tool_results: [{ tool_call_id: "c", result: 1 }] },
    status: 409,
  },
  { route: `GET ${S}/checkout`, needs: "viewer", status: 409 },
  { route: `POST ${S}/checkout`, needs: "member", status: 409 },
  { route: `GET ${S}/diff`, needs: "viewer", status: 409 },
  { route: `POST ${S}/commit`, needs: "member", body: {}, status: 409 },
  { route: `POST ${S}/merge`, needs: "member", body: {}, status: 409 },
  { route: `POST ${S}/discard`, needs: "member", status: 409 },
  { route: `POST ${S}/restore-files`, needs: "member", body: { snapshot: "x" }, status: 409 },
  { route: `PUT ${S}/delivery`, needs: "member", body: { checks: "passing" }, status: 200 },
  { route: "GET /projects/{project_id}/forecast", needs: "viewer", status: 404 },
  { route: `GET ${S}/events`, needs: "viewer", status: 200 },
  { route: `GET ${S}/events/summary`, needs: "viewer", status: 200 },
  { route: `GET ${S}/sse`, needs: "viewer", status: 200 },
  { route: `POST ${S}/fs/_/stat`, needs: "viewer", body: file, status: 200 },
  { route: `POST ${S}/fs/_/versions`, needs: "viewer", body: file, status: 200 },
  { route: `POST ${S}/fs/_/move`, needs: "member", body: places, status: 200 },
  { route: `POST ${S}/fs/_/copy`, needs: "member", body: places, status: 201 },
  { route: `POST ${S}/fs/_/restore`, needs: "member", body: { path: "/a", version: 1 }, status: 200 },
  { route: `POST ${S}/fs/_/grep`, needs: "viewer", body: { pattern: "x" }, status: 200 },
  { route: `GET ${S}/fs`, needs: "viewer", status: 200 },
  { route: `GET ${S}/fs/{path}`, needs: "viewer", status: 200 },
  { route: `POST ${S}/fs/{path}`, needs: "member", body: { content: "x" }, status: 409 },
  { route: `PUT ${S}/fs/{path}`, needs: "member", body: { content: "x" }, status: 200 },
  { route: `DELETE ${S}/fs/{path}`, needs: "member", status: 200 },
  { route: `GET ${S}/storage/keys`, needs: "viewer", status: 200 },
  { route: `GET ${S}/storage/secrets`, needs: "viewer", status: 200 },
  { route: `PUT ${S}/storage/secrets`, needs: "member", body: { secrets: { TOKEN: "x" } }, status: 200 },
  { route: `DELETE ${S}/storage/secrets/{name}`, needs: "member", status: 404 },
  { route: "GET /images", needs: "viewer", status: 200 },
  // Wants a form, and this is JSON.
  { route: "POST /images", needs: "member", body: {}, status: 415 },
  { route: "GET /images/{image_id}", needs: "viewer", status: 404 },
  { route: "GET /images/{image_id}/thumbnail", needs: "viewer", status: 404 },
  { route: "DELETE /images/{image_id}", needs: "member", status: 404 },
  { route: "GET /reservations", needs: "viewer", status: 200 },
  { route: "POST /reservations", needs: "member", body: { session_id: "ses_x", paths: ["a"] }, status: 404 },
  { route: "POST /reservations/check", needs: "viewer", body: { paths: ["a"] }, status: 200 },
  { route: "POST /reservations/release", needs: "member", body: { session_id: "ses_x" }, status: 404 },
  { route: "POST /reservations/wait", needs: "member", body: { session_id: "ses_x", paths: ["a"] }, status: 404 },
  { route: "POST /reservations/{reservation_id}/renew", needs: "member", body: {}, status: 404 },
  { route: "POST /reservations/{reservation_id}/force-release", needs: "member", status: 404 },
  { route: "DELETE /reservations/{reservation_id}", needs: "member", status: 404 },
  { route: "GET /agent-programs", needs: "viewer", status: 200 },
  { route: "GET /limits", needs: "viewer", status: 200 },
  { route: "GET /auth/config", needs: "nobody", status: 200 },
  { route: "GET /health", needs: "nobody", status: 200 },
];

const PARTS: Readonly<Record<string, string>> = {
  message_id: "msg_00000000000070008000000000000009",
  approval_id: "apr_00000000000070008000000000000009",
  decision_id: "dec_00000000000070008000000000000009",
  convention_id: "cnv_00000000000070008000000000000009",
  reservation_id: "rsv_00000000000070008000000000000009",
  rule_id: "rul_00000000000070008000000000000009",
  image_id: "img_00000000000070008000000000000009",
  path: "a",
  name: "NOBODY",
};

const RANK = { viewer: 0, member: 1, owner: 2, stranger: 2 } as const;

function expected({ needs, status, route }: Row, caller: Caller): number {
  if (needs === "nobody") return status;
  if (caller === "none") return 401;
  if (RANK[caller] < RANK[needs]) return 403;
  return caller === "stranger" && route.includes("{session_id}") ? 404 : status;
}

let whole: WholeServer;
beforeAll(async () => {
  whole = await openWholeServer();
});
afterAll(async () => {
  await whole[Symbol.asyncDispose]();
  expect(whole.faults).toEqual([]);
});

async function makeSession(): Promise<string> {
  const body = { harness_name: "generic", initial_files: [{ path: "/a", content: "x" }] };
  return (await whole.as.owner.post<Session>("/sessions", body)).body.id;
}

async function statusOf(caller: Caller, { route, query = "", body }: Row, sessionId: string): Promise<number> {
  const [method = "", pattern = ""] = route.split(" ");
  const path = pattern.replaceAll(/\{(\w+)\}/g, (_, part: string) =>
    part === "session_id" ? sessionId : (PARTS[part] ?? part),
  );
  const init =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const response = await whole.as[caller].fetch(`/api/v1${path}${query}`, { method, ...init });
  await response.body?.cancel();
  return response.status;
}

describe("who may call which route of sessions", () => {
  it("has a row for every route that is not a record's", async () => {
    const document = (await (await whole.as.none.fetch("/openapi.json")).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const all = Object.entries(document.paths)
      .filter(([path]) => path.startsWith("/api/v1/"))
      .flatMap(([path, operations]) =>
        Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replace("/api/v1", "")}`),
      );
    // Routes are made of use cases that none of them calls here.
    const uses = {} as Parameters<typeof recordRoutes>[0]["uses"];
    const records = recordRoutes({ uses, limits: defaultLimits, now: () => 0 });
    const theirs = new Set(records.map(({ declaration: { method, path } }) => `${method.toUpperCase()} ${path}`));
    expect(rows.map(({ route }) => route).toSorted()).toEqual(all.filter((route) => !theirs.has(route)).toSorted());
  });

  it.each(rows)("$route needs $needs", async (row) => {
    const answers = await Promise.all(
      callers.map(async (caller) => [caller, await statusOf(caller, row, await makeSession())] as const),
    );
    expect(Object.fromEntries(answers)).toEqual(
      Object.fromEntries(callers.map((caller) => [caller, expected(row, caller)])),
    );
  });

  it.each(rows.filter(({ route }) => route.includes("{session_id}")))(
    "$route calls a malformed id a 400, and an unknown one a 404 (ruling 3)",
    async (row) => {
      expect(await statusOf("owner", row, "ses_01933b5a")).toBe(400);
      expect(await statusOf("owner", row, "ses_00000000000070008000000000000009")).toBe(404);
    },
  );
});
