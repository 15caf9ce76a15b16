import { beforeAll, describe, expect, it } from "vitest";
import { formatId } from "../../../src/core/ids.ts";
import { SCRIPTED_MODEL_ID, SCRIPTED_PROVIDER_ID } from "../../../src/app/records/environment-providers.ts";
import { callers, openRecordDoor } from "./open-records.ts";
import type { Caller, RecordDoor } from "./open-records.ts";

/** What a route asks of its caller, and how it is called so that nothing but the caller decides. */
interface Row {
  readonly route: string;
  readonly needs: "nobody" | "viewer" | "member" | "owner";
  /** The thing that the route's path names; made anew for each call. */
  readonly names?:
    | "agent"
    | "harness"
    | "provider"
    | "model"
    | "key"
    | "workspace"
    | "organization"
    | "capability"
    | "mcp_server"
    | "skill"
    | "project";
  readonly body?: unknown;
  /** The answer to those who may. */
  readonly status: number;
}

const spelled = (rows: readonly Row[], from: string, to: string): readonly Row[] => [
  ...rows,
  ...rows.map((row) => ({ ...row, route: row.route.replace(from, to) })),
];

const rows: readonly Row[] = [
  { route: "POST /agents", needs: "member", body: { name: "new", system_prompt: "" }, status: 201 },
  { route: "GET /agents", needs: "viewer", status: 200 },
  { route: "GET /agents/{agent_id}", needs: "viewer", names: "agent", status: 200 },
  { route: "PATCH /agents/{agent_id}", needs: "member", names: "agent", body: { description: "x" }, status: 200 },
  { route: "PUT /agents/{agent_id}", needs: "member", names: "agent", body: { system_prompt: "x" }, status: 200 },
  { route: "DELETE /agents/{agent_id}", needs: "member", names: "agent", status: 204 },
  // Wants Markdown, and this is JSON.
  { route: "POST /agents/import", needs: "member", body: {}, status: 415 },
  { route: "GET /agents/{agent_id}/export", needs: "viewer", names: "agent", status: 200 },
  { route: "POST /agents/{agent_id}/copy", needs: "member", names: "agent", status: 201 },
  { route: "POST /agents/preview", needs: "viewer", body: {}, status: 200 },
  { route: "POST /agents/{agent_id}/preview", needs: "viewer", names: "agent", status: 200 },
  { route: "POST /harnesses", needs: "member", body: { name: "new" }, status: 201 },
  { route: "GET /harnesses", needs: "viewer", status: 200 },
  { route: "GET /harnesses/{harness_id}", needs: "viewer", names: "harness", status: 200 },
  { route: "PATCH /harnesses/{harness_id}", needs: "member", names: "harness", body: {}, status: 200 },
  { route: "DELETE /harnesses/{harness_id}", needs: "member", names: "harness", status: 204 },
  ...spelled(
    [
      { route: "POST /providers", needs: "member", body: { name: "new", provider_type: "openai" }, status: 201 },
      { route: "GET /providers", needs: "viewer", status: 200 },
      { route: "GET /providers/{provider_id}", needs: "viewer", names: "provider", status: 200 },
      { route: "PATCH /providers/{provider_id}", needs: "member", names: "provider", body: {}, status: 200 },
      { route: "DELETE /providers/{provider_id}", needs: "member", names: "provider", status: 204 },
      { route: "POST /providers/{provider_id}/test", needs: "member", names: "provider", status: 200 },
      { route: "POST /providers/{provider_id}/sync-models", needs: "member", names: "provider", status: 200 },
      {
        route: "POST /providers/{provider_id}/models",
        needs: "member",
        names: "provider",
        body: { model_id: "m" },
        status: 201,
      },
      { route: "GET /providers/{provider_id}/models", needs: "viewer", names: "provider", status: 200 },
    ],
    "/providers",
    "/llm-providers",
  ),
  ...spelled(
    [
      { route: "GET /models", needs: "viewer", status: 200 },
      { route: "GET /models/{model_id}", needs: "viewer", names: "model", status: 200 },
      { route: "PATCH /models/{model_id}", needs: "member", names: "model", body: { enabled: false }, status: 200 },
      { route: "DELETE /models/{model_id}", needs: "member", names: "model", status: 204 },
    ],
    "/models",
    "/llm-models",
  ),
  { route: "GET /capabilities", needs: "viewer", status: 200 },
  { route: "POST /mcp-servers", needs: "member", body: { name: "new", url: "https://mcp.example.com" }, status: 201 },
  { route: "GET /mcp-servers", needs: "viewer", status: 200 },
  { route: "GET /mcp-servers/{mcp_server_id}", needs: "viewer", names: "mcp_server", status: 200 },
  { route: "PATCH /mcp-servers/{mcp_server_id}", needs: "member", names: "mcp_server", body: {}, status: 200 },
  { route: "DELETE /mcp-servers/{mcp_server_id}", needs: "member", names: "mcp_server", status: 204 },
  { route: "POST /mcp-servers/{mcp_server_id}/test", needs: "member", names: "mcp_server", status: 200 },
  { route: "POST /projects", needs: "owner", body: { name: "new", path: "/srv/new" }, status: 201 },
  { route: "GET /projects", needs: "viewer", status: 200 },
  { route: "GET /projects/{project_id}", needs: "viewer", names: "project", status: 200 },
  { route: "PATCH /projects/{project_id}", needs: "owner", names: "project", body: { rules: "x" }, status: 200 },
  { route: "DELETE /projects/{project_id}", needs: "owner", names: "project", status: 204 },
  { route: "GET /skills", needs: "viewer", status: 200 },
  { route: "POST /skills", needs: "member", body: { name: "new", skill_md: "" }, status: 422 },
  // Wants a form, and this is JSON.
  { route: "POST /skills/upload", needs: "member", body: {}, status: 415 },
  { route: "POST /skills/validate", needs: "viewer", body: { skill_md: "" }, status: 200 },
  { route: "GET /skills/{skill_id}", needs: "viewer", names: "skill", status: 200 },
  { route: "GET /skills/{skill_id}/content", needs: "viewer", names: "skill", status: 200 },
  { route: "PATCH /skills/{skill_id}", needs: "member", names: "skill", body: { files: [] }, status: 200 },
  { route: "DELETE /skills/{skill_id}", needs: "member", names: "skill", status: 204 },
  // The same in every workspace, so there is no foreign one.
  { route: "GET /capabilities/{capability_id}", needs: "viewer", names: "capability", status: 200 },
  ...spelled(
    [
      { route: "POST /keys", needs: "owner", body: { name: "new" }, status: 201 },
      { route: "GET /keys", needs: "owner", status: 200 },
      { route: "GET /keys/{key_id}", needs: "owner", names: "key", status: 200 },
      { route: "DELETE /keys/{key_id}", needs: "owner", names: "key", status: 204 },
    ],
    "/keys",
    "/auth/api-keys",
  ),
  { route: "POST /workspaces", needs: "owner", body: { name: "new" }, status: 201 },
  { route: "GET /workspaces", needs: "viewer", status: 200 },
  { route: "GET /workspaces/{workspace_id}", needs: "viewer", names: "workspace", status: 200 },
  { route: "PATCH /workspaces/{workspace_id}", needs: "owner", names: "workspace", body: {}, status: 200 },
  { route: "GET /orgs", needs: "viewer", status: 200 },
  { route: "GET /orgs/{org_id}", needs: "viewer", names: "organization", status: 200 },
  { route: "PATCH /orgs/{org_id}", needs: "owner", names: "organization", body: {}, status: 200 },
  { route: "GET /users", needs: "viewer", status: 200 },
  // Names no organization of anybody's.
  { route: "POST /users/me/switch-org", needs: "viewer", body: { org_id: "org_nobody" }, status: 404 },
  { route: "GET /auth/me", needs: "viewer", status: 200 },
  // Asks for a token instead of a key, and this one is nonsense.
  { route: "POST /auth/sign-in", needs: "nobody", body: { token: "nonsense" }, status: 401 },
  { route: "POST /auth/sign-out", needs: "nobody", status: 204 },
];

const RANK = { viewer: 0, member: 1, owner: 2, other: 2 } as const;

function expected({ needs, status }: Row, caller: Caller, thing: "own" | "absent"): number {
  if (needs === "nobody") return status;
  if (caller === "none" || caller === "bad" || caller === "revoked" || caller === "expired") return 401;
  if (RANK[caller] < RANK[needs]) return 403;
  return thing === "own" ? status : 404;
}

let count = 0;

/** The id of a thing in the workspace of the owner's key, and of one that is nowhere. */
async function thingOf(door: RecordDoor, kind: NonNullable<Row["names"]>): Promise<{ own: string; absent: string }> {
  if (kind === "capability") return { own: "session", absent: "flying" };
  const absent = formatId(kind, 9, "9".repeat(20));
  if (kind === "workspace") return { own: door.admin.workspaceId, absent };
  if (kind === "organization") return { own: door.admin.workspaceId.replace(/^wsp_/, "org_"), absent };
  const owner = door.as("owner");
  const name = `${kind} ${++count}`;
  const make = async (path: string, body: object) => String((await owner("POST", path, { name, ...body })).body["id"]);
  if (kind === "agent") return { own: await make("/agents", { system_prompt: "" }), absent };
  if (kind === "harness") return { own: await make("/harnesses", {}), absent };
  if (kind === "mcp_server") return { own: await make("/mcp-servers", { url: "https://mcp.example.com" }), absent };
  const skill_md = `---\nname: ${kind}-${count}\ndescription: d\n---\n`;
  if (kind === "skill") return { own: await make("/skills", { skill_md }), absent };
  const project = { name: `${kind}-${count}`, path: "/srv/app" };
  if (kind === "project") return { own: await make("/projects", project), absent };
  if (kind === "key") return { own: await make("/keys", {}), absent };
  const provider = await make("/providers", { provider_type: "openai", api_key: "sk-1" });
  if (kind === "provider") return { own: provider, absent };
  return { own: await make(`/providers/${provider}/models`, { model_id: "m" }), absent };
}

async function call(door: RecordDoor, row: Row, { caller, id = "" }: { caller: Caller; id?: string }) {
  const [method = "", path = ""] = row.route.split(" ");
  const named =
    typeof row.body === "object" && row.body !== null && "name" in row.body ? { name: `new-${++count}` } : {};
  const body = row.body === undefined ? undefined : { ...row.body, ...named };
  return door.as(caller)(method, path.replace(/\{\w+\}/, id), body);
}

describe("who may call which route", () => {
  let door: RecordDoor;
  beforeAll(async () => {
    door = await openRecordDoor();
  });

  it("has a row for every route", () => {
    const names = door.routes.map(({ declaration: { method, path } }) => `${method.toUpperCase()} ${path}`);
    expect(rows.map(({ route }) => route).toSorted((a, b) => a.localeCompare(b))).toEqual(
      names.toSorted((a, b) => a.localeCompare(b)),
    );
  });

  describe.each(rows)("$route needs $needs", (row) => {
    it.each(callers.filter((caller) => caller !== "other"))("from %s", async (caller) => {
      const { own, absent } = row.names === undefined ? { own: "", absent: "" } : await thingOf(door, row.names);
      expect((await call(door, row, { caller, id: own })).status).toBe(expected(row, caller, "own"));
      if (row.names === undefined) return;
      expect((await call(door, row, { caller, id: absent })).status).toBe(expected(row, caller, "absent"));
    });

    if (row.names === undefined || row.names === "capability") return;
    const { names } = row;
    it("from another workspace looks as if nothing were there", async () => {
      const { own, absent } = await thingOf(door, names);
      const foreign = await call(door, row, { caller: "other", id: own });
      const nowhere = await call(door, row, { caller: "other", id: absent });
      const shown = (text: string, id: string) => text.replaceAll(id, "ID").replace(/"request_id":"\w+"/, "");
      expect(foreign.status).toBe(404);
      expect(shown(foreign.text, own)).toBe(shown(nowhere.text, absent));
      expect((await call(door, row, { caller: "owner", id: own })).status).toBe(row.status);
    });
  });

  it("met no fault in all this", () => {
    expect(door.faults).toEqual([]);
  });

  it("lists nothing of another workspace", async () => {
    const kinds = ["agent", "harness", "provider", "key", "mcp_server", "skill", "project"] as const;
    const made = await Promise.all(kinds.map((kind) => thingOf(door, kind)));
    const [other, lists] = [
      door.as("other"),
      [
        "/agents",
        "/harnesses",
        "/providers",
        "/models",
        "/keys",
        "/workspaces",
        "/mcp-servers",
        "/skills",
        "/projects",
      ],
    ];
    const seen = await Promise.all(lists.map((path) => other("GET", `${path}?limit=100`)));
    for (const { own } of made) for (const { text } of seen) expect(text).not.toContain(own);
    expect(seen.map(({ text }) => text).join()).not.toContain(door.admin.workspaceId);
  });

  it.each(["agents", "harnesses", "providers", "models", "keys", "workspaces", "mcp-servers", "skills"])(
    "calls a malformed id in /%s a 400",
    async (path) => {
      const answer = await door.as("owner")("GET", `/${path}/nonsense`);
      expect(answer).toMatchObject({ status: 400, body: { code: "invalid_input", in: "path" } });
    },
  );

  it("lets nobody change what the server itself brings", async () => {
    const owner = door.as("owner");
    const answers = await Promise.all([
      owner("PATCH", `/providers/${SCRIPTED_PROVIDER_ID}`, { name: "mine" }),
      owner("DELETE", `/providers/${SCRIPTED_PROVIDER_ID}`),
      owner("PATCH", `/models/${SCRIPTED_MODEL_ID}`, { enabled: false }),
      owner("DELETE", `/models/${SCRIPTED_MODEL_ID}`),
    ]);
    expect(answers.map(({ status, body }) => [status, body["code"]])).toEqual(answers.map(() => [403, "read_only"]));
  });
});
