/** Who may call which route of the hook doors (Q9): a row for every route there is. */
import { describe, expect, it } from "vitest";
import { keyOf, openHooks, sessionId } from "./open-hooks.ts";
import { readPayload } from "./payloads.ts";

const callers = ["nobody", "viewer", "member", "owner", "stranger"] as const;
type Caller = (typeof callers)[number];

interface Row {
  readonly route: string;
  readonly body?: object;
  readonly statuses: Readonly<Record<Caller, number>>;
}

const named = { workspace_slug: "my-startup", session_id: sessionId };
const event = { event: "file_check", workspace_slug: "my-startup", conversation_id: "c" };
const writes = { nobody: 401, viewer: 403, member: 200, owner: 200, stranger: 404 } as const;

const rows: readonly Row[] = [
  { route: "POST /workspaces/sessions/hook", body: event, statuses: writes },
  { route: "POST /workspaces/sessions/heartbeat", body: named, statuses: writes },
  { route: "POST /workspaces/sessions/end", body: named, statuses: writes },
  { route: "GET /workspaces/{id}/sessions", statuses: { ...writes, viewer: 200 } },
];
const ides = ["claude-code", "cursor", "codex", "gemini", "copilot", "windsurf", "opencode", "pi"];

async function routesOf(tag: string): Promise<readonly string[]> {
  const { fetch } = await openHooks();
  const document = (await (await fetch("/openapi.json")).json()) as {
    paths: Record<string, Record<string, { tags: string[] }>>;
  };
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, operation]) => operation.tags.includes(tag))
      .map(([method]) => `${method.toUpperCase()} ${path}`),
  );
}

describe("who may call which route of the hook doors", () => {
  it("has a row for every route", async () => {
    expect(rows.map(({ route }) => route).toSorted()).toEqual((await routesOf("Enagrams")).toSorted());
    expect((await routesOf("IDE hooks")).toSorted()).toEqual(ides.map((ide) => `POST /hooks/${ide}`).toSorted());
  });

  const cells = rows.flatMap((row) => callers.map((caller) => ({ ...row, caller, status: row.statuses[caller] })));
  it.each(cells)("$route as $caller is $status", async ({ route, body, caller, status }) => {
    const { app } = await openHooks();
    const [method = "", path = ""] = route.split(" ");
    const response = await app.request(`http://localhost${path.replace("{id}", "my-startup")}`, {
      method,
      headers: caller === "nobody" ? {} : { "x-api-key": keyOf(caller) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    expect(response.status).toBe(status);
  });

  it.each(ides.flatMap((ide) => callers.map((caller) => ({ ide, caller }))))(
    "POST /hooks/$ide as $caller is 200, and reaches the use case only with a role that may write",
    async ({ ide, caller }) => {
      const hooks = await openHooks();
      const payload =
        ide === "opencode" || ide === "pi"
          ? { event: "pre_tool", conversation_id: "c" }
          : readPayload("claude-code", "PreToolUse.Edit.json");
      const body = ide === "windsurf" ? { agent_action_name: "pre_write_code", trajectory_id: "w" } : payload;
      const authorization = caller === "nobody" ? "" : `Bearer ${keyOf(caller)}`;
      const response = await hooks.post(`/hooks/${ide}`, body, { authorization });
      expect(response.status).toBe(200);
      const isLetIn = caller !== "nobody" && caller !== "viewer";
      expect(hooks.told).toHaveLength(isLetIn ? 1 : 0);
      expect(response.headers.has("x-serai-note")).toBe(!isLetIn);
    },
  );
});
