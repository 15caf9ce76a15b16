/** What is said of a turn before it runs, and what its tools may reach: beside what the model is really sent. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MessageList } from "../../src/doors/native/schema/message.ts";
import type { Session } from "../../src/doors/native/schema/session.ts";
import { text } from "../doors/native/native-client.ts";
import type { NativeClient } from "../doors/native/native-client.ts";
import { openModelServer } from "../model-server/server.ts";
import type { ModelServer } from "../model-server/server.ts";
import { openWholeServer } from "./whole-server.ts";
import type { WholeServer } from "./whole-server.ts";

interface Preview {
  readonly system_prompt: string;
  readonly tools: readonly { name: string; description: string; parameters: unknown; policy: string }[];
}

let whole: WholeServer;
let owner: NativeClient;
let models: ModelServer;
let modelId: string;
beforeAll(async () => {
  models = await openModelServer();
  whole = await openWholeServer();
  owner = whole.as.owner;
  const provider = { name: "p", provider_type: "anthropic", base_url: models.url, api_key: "k" };
  const { body } = await owner.post<{ id: string }>("/providers", provider);
  const made = await owner.post<{ id: string }>(`/providers/${body.id}/models`, { model_id: "claude-test" });
  modelId = made.body.id;
});
afterAll(async () => {
  await whole[Symbol.asyncDispose]();
  await models[Symbol.asyncDispose]();
});

describe("the preview of an agent", () => {
  const agent = {
    system_prompt: "You are careful.",
    capabilities: [{ ref: "session_file_system" }, { ref: "bash" }],
    tools: [{ type: "client_side", name: "ask_user", description: "Asks the user" }],
    tool_policies: { bash: "approve" },
  };

  it("says exactly what a turn is given: instructions and tools", async () => {
    const harness = await owner.post<{ id: string }>("/harnesses", { name: "h", system_prompt: "Ground rules." });
    const body = { ...agent, harness_id: harness.body.id, default_model_id: modelId };
    const { id } = (await owner.post<{ id: string }>("/agents", { name: "a", ...body })).body;
    const preview = (await owner.post<Preview>(`/agents/${id}/preview`)).body;
    expect((await owner.post<Preview>("/agents/preview", body)).body).toEqual(preview);

    const session = (await owner.post<Session>("/sessions", { agent_id: id })).body;
    await owner.post(`/sessions/${session.id}/messages?wait=true`, text("hello"));
    const sent = models.requests.at(-1)?.request;
    expect(preview.system_prompt).toMatch(/^Ground rules\.\n\nYou are careful\.\n\n/);
    expect(sent?.system).toBe(preview.system_prompt);
    const asked = models.requests.at(-1)?.body as
      | { readonly tools: { name: string; description: string; input_schema: unknown }[] }
      | undefined;
    expect(asked?.tools.map(({ name, description, input_schema }) => [name, description, input_schema])).toEqual(
      preview.tools.map(({ name, description, parameters }) => [name, description, parameters]),
    );
    const policies = Object.fromEntries(preview.tools.map(({ name, policy }) => [name, policy]));
    expect(policies).toMatchObject({ bash: "approve", ask_user: "client_side", read_file: "auto" });
  });

  it("refuses what could not be made, with the place", async () => {
    const refused = await owner.post("/agents/preview", { capabilities: [{ ref: "flying" }] });
    expect(refused).toMatchObject({ status: 400, body: { path: "/capabilities/0/ref" } });
    expect((await owner.post("/agents/preview", { harness_id: "hrn_x" })).status).toBe(404);
    expect((await owner.get<{ total: number }>("/agents?search=a")).body.total).toBeGreaterThan(0);
  });
});

describe("a session's rules for the network", () => {
  it("and its agent's both hold for its tools", async () => {
    const capabilities = [{ ref: "web_fetch" }];
    const network_access = { allowed: ["*.example.com"], blocked: [] };
    const agent = await owner.post<{ id: string }>("/agents", {
      name: "n",
      system_prompt: "",
      capabilities,
      network_access,
    });
    const rules = { network_access: { blocked: ["bad.example.com"] } };
    const session = (await owner.post<Session>("/sessions", { agent_id: agent.body.id, ...rules })).body;
    const steps = ["https://example.org/", "https://bad.example.com/"].map((url) => ({
      tools: [{ name: "web_fetch", input: { url } }],
    }));
    const script = text(`\`\`\`serai-script\n${JSON.stringify(steps)}\n\`\`\``);
    await owner.post(`/sessions/${session.id}/messages?wait=true`, script);
    const { data } = (await owner.get<MessageList>(`/sessions/${session.id}/messages`)).body;
    const results = data.filter(({ role }) => role === "tool_result").map(({ content }) => JSON.stringify(content));
    expect(results).toHaveLength(2);
    expect(results[0]).toContain("example.org");
    expect(results[1]).toContain("bad.example.com");
    for (const result of results) expect(result).toContain("is not among the hosts that may be reached");
  });
});
