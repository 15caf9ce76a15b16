/** Tools of the client and policies, as agents and sessions are given them at the native door. */
import { beforeAll, afterAll, describe, expect, it } from "vitest";
import type { Agent } from "../../../src/doors/native/schema/agent.ts";
import type { Session } from "../../../src/doors/native/schema/session.ts";
import { openClient } from "./native-client.ts";
import type { NativeClient } from "./native-client.ts";
import { openNative } from "./open-native.ts";
import type { Native } from "./open-native.ts";

let native: Native;
let owner: NativeClient;
beforeAll(async () => {
  native = await openNative({ slots: 0 });
  owner = await openClient(native);
});
afterAll(() => native[Symbol.asyncDispose]());

const askUser = {
  type: "client_side",
  name: "ask_user",
  description: "Asks the user",
  parameters: { type: "object", properties: { question: { type: "string" } }, required: ["question"] },
} as const;

let count = 0;
const agentBody = (more: object) => ({ name: `agent ${++count}`, system_prompt: "", ...more });
const create = <T = Agent>(more: object) => owner.post<T>("/agents", agentBody(more));

describe.each(["agents", "sessions"] as const)("T10: tools of %s", (kind) => {
  const make = async (more: object) => {
    const { id } = kind === "sessions" ? await owner.session() : { id: "" };
    return kind === "agents" ? create(more) : owner.call<Session>("PATCH", `/sessions/${id}`, more);
  };

  it("are kept as they are given, with an empty schema where there is none", async () => {
    const bare = {
      type: "client_side",
      name: "beep",
      description: "",
      display_name: "Beep",
      hints: { readonly: true },
    };
    const made = await make({ tools: [askUser, bare], tool_policies: { write_file: "approve", "mcp_x__*": "auto" } });
    expect(made.body.tools).toEqual([askUser, { ...bare, parameters: { type: "object", properties: {} } }]);
    expect(made.body.tool_policies).toEqual({ write_file: "approve", "mcp_x__*": "auto" });
    expect(made.headers.get("warning")).toBeNull();
  });

  it("of another type are left out, and the answer warns of it", async () => {
    const made = await make({ tools: [{ type: "builtin", name: "web" }, askUser, { type: "x" }] });
    expect(made.body.tools).toEqual([askUser]);
    expect(made.headers.get("warning")).toContain("tools/0, tools/2");
  });

  it.each([
    [{ ...askUser, name: "mcp_x__y" }, "/tools/0"],
    [{ ...askUser, name: "ask user" }, "/tools/0"],
    [{ ...askUser, name: "" }, "/tools/0"],
    [{ type: "client_side", name: "x" }, "/tools/0"],
    [{ ...askUser, parameters: { type: "array" } }, "/tools/0"],
    [{ ...askUser, parameters: "no" }, "/tools/0"],
  ])("that are no tools are refused where they stand: %j", async (tool, path) => {
    const refused = await make({ tools: [tool] });
    expect(refused.status).toBe(400);
    expect(refused.body).toMatchObject({ code: "invalid_input" });
    expect(JSON.stringify(refused.body)).toContain(path);
  });

  it("have names of their own, and are 50 at most", async () => {
    const twice = await make({ tools: [askUser, askUser] });
    expect(twice.body).toMatchObject({ code: "invalid_input", path: "/tools/1/name" });
    const many = Array.from({ length: 51 }, (_, n) => ({ ...askUser, name: `tool_${n}` }));
    expect((await make({ tools: many })).body).toMatchObject({ code: "too_large", setting: "clientTools", limit: 50 });
    expect((await make({ tools: many.slice(1) })).body.tools).toHaveLength(50);
  });

  it("have policies of known words and readable patterns", async () => {
    expect((await make({ tool_policies: { a: "never" } })).status).toBe(400);
    expect((await make({ tool_policies: { "a[": "approve" } })).body).toMatchObject({ path: "/tool_policies/a[" });
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`tool_${n}`, "approve"]));
    expect((await make({ tool_policies: many })).body).toMatchObject({ setting: "toolPolicies" });
  });
});

describe("changing them", () => {
  it("replaces the tools and merges the policies, null taking one away", async () => {
    const { id } = (await create({ tools: [askUser], tool_policies: { a: "approve", b: "auto" } })).body;
    const patch = { tools: [], tool_policies: { a: null, c: "approve" } };
    const agent = (await owner.call<Agent>("PATCH", `/agents/${id}`, patch)).body;
    expect(agent).toMatchObject({ tools: [], tool_policies: { b: "auto", c: "approve" } });
    const whole = (await owner.call<Agent>("PUT", `/agents/${id}`, { system_prompt: "" })).body;
    expect(whole).toMatchObject({ tools: [], tool_policies: {} });
    const made = await owner.session({ tools: [askUser], tool_policies: { a: "approve", b: "auto" } });
    const changed = (await owner.call<Session>("PATCH", `/sessions/${made.id}`, patch)).body;
    expect(changed).toMatchObject({ tools: [], tool_policies: { b: "auto", c: "approve" } });
  });

  it("loses nothing of two changes at once", async () => {
    const { id } = await owner.session();
    const changes = [{ tool_policies: { a: "approve" } }, { tools: [askUser] }, { system_prompt: "Be brief" }];
    await Promise.all(changes.map((change) => owner.call("PATCH", `/sessions/${id}`, change)));
    const { body } = await owner.get<Session>(`/sessions/${id}`);
    expect(body).toMatchObject({ tool_policies: { a: "approve" }, tools: [askUser], system_prompt: "Be brief" });
  });

  it("refuses a name that a capability's tool has", async () => {
    const files = [{ ref: "session_file_system" }];
    const refused = await create<Record<string, string>>({
      capabilities: files,
      tools: [{ ...askUser, name: "read_file" }],
    });
    expect(refused.body).toMatchObject({ code: "invalid_input", path: "/tools/0/name" });
    expect(refused.body["detail"]).toContain("session_file_system");
    expect((await create({ tools: [{ ...askUser, name: "read_file" }] })).status).toBe(201);
  });
});
