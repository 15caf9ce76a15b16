/** Policies of tools: whose word counts, and what a turn's tools may do without asking. */
import { describe, expect, test } from "vitest";
import { permitTools } from "../../src/app/permit-tools.ts";
import type { Permitting } from "../../src/app/permit-tools.ts";
import { clientDefinitions, makeCheckTools, mergePolicies } from "../../src/app/tool-policies.ts";
import { formatId } from "../../src/core/ids.ts";
import type { AgentId } from "../../src/core/ids.ts";
import { defaultLimits } from "../../src/core/limits.ts";
import type { ToolDefinition } from "../../src/core/ports/tools.ts";
import type { ClientTool } from "../../src/core/records/client-tool.ts";
import { principal } from "./engine-world.ts";

const agentId = formatId("agent", 1, "0".repeat(20)) as AgentId;

function tool(name: string, more: Partial<ToolDefinition> = {}): ToolDefinition {
  const hints = { isRepeatable: true, isReadonly: true };
  return { name, description: "", parameters: { type: "object" }, hints, ...more };
}

function clientTool(name: string, description = ""): ClientTool {
  return { type: "client_side", name, description, parameters: {} };
}

async function permit(
  definitions: readonly ToolDefinition[],
  setup: Partial<Permitting["setup"]>,
  rules: readonly string[] = [],
) {
  const faults: unknown[] = [];
  const edit = {
    title: null,
    tags: [],
    agentId,
    harnessId: null,
    modelId: null,
    projectId: null,
    taskId: null,
    settings: {},
  };
  const session = { workspaceId: principal.workspaceId, createdBy: principal.userId, edit };
  const permitted = await permitTools(
    {
      records: { approvalRules: { isAllowed: (_, { tool: name }) => Promise.resolve(rules.includes(name)) } },
      onFault: (fault) => faults.push(fault),
    },
    { session, definitions, setup: { clientTools: [], toolPolicies: [], allowedTools: [], ...setup } },
  );
  return { policies: Object.fromEntries(permitted.map(({ name, policy }) => [name, policy])), permitted, faults };
}

describe("T10: the policies of a turn", () => {
  test.each([
    ["nothing is said", [{}, {}], undefined],
    ["the agent's", [{ remove: "approve" }, {}], "approve"],
    ["the session's override the agent's", [{ remove: "approve" }, { remove: "auto" }], "auto"],
    ["also by a pattern", [{ remove: "approve" }, { "*": "auto" }], "auto"],
    ["a name before a pattern", [{ "*": "approve", remove: "auto" }], "auto"],
    ["the longer pattern before the shorter", [{ "*": "auto", "rem*": "approve" }], "approve"],
    ["only what matches", [{ "mcp_x__*": "approve", remov: "approve" }], undefined],
  ] as const)("are: %s", (_, levels, expected) => {
    expect(mergePolicies(levels)("remove")).toBe(expected);
  });

  test("are not found among what every object has", () => {
    expect(mergePolicies([{ remove: "approve" }])("constructor")).toBeUndefined();
  });

  test("stand on every tool, the tool's own being the least", async () => {
    const tools = [tool("read"), tool("remove", { policy: "approve" }), tool("write"), tool("mcp_x__y")];
    const { policies } = await permit(tools, { toolPolicies: [{ "mcp_*": "approve" }, { write: "approve" }] });
    expect(policies).toEqual({ read: "auto", remove: "approve", write: "approve", mcp_x__y: "approve" });
    expect((await permit(tools, { toolPolicies: [{}, { "*": "auto" }] })).policies).toMatchObject({ remove: "auto" });
  });

  test("give way to what a person has allowed, for the session or for good", async () => {
    const tools = [tool("a"), tool("b"), tool("c")];
    const { policies } = await permit(tools, { toolPolicies: [{ "*": "approve" }], allowedTools: ["a"] }, ["b"]);
    expect(policies).toEqual({ a: "auto", b: "auto", c: "approve" });
  });

  test("leave the client's tools to the client, the session's before the agent's, the server's before both", async () => {
    const clientTools = [[clientTool("ask", "agent's"), clientTool("read")], [clientTool("ask", "session's")]];
    const { permitted, policies, faults } = await permit([tool("read")], {
      clientTools,
      toolPolicies: [{ "*": "auto" }],
    });
    expect(policies).toEqual({ read: "auto", ask: "client_side" });
    expect(permitted.find(({ name }) => name === "ask")).toMatchObject({
      description: "session's",
      parameters: { type: "object" },
    });
    expect(faults).toEqual([expect.objectContaining({ message: expect.stringContaining('"read"') as string })]);
  });
});

test("a hundred patterns say what they say of hundreds of tools", () => {
  const patterns = Array.from({ length: 100 }, (_, n) => [`mcp_server_${n}__*a*b*`, "approve"] as const);
  const said = mergePolicies([Object.fromEntries(patterns)]);
  const names = Array.from({ length: 300 }, (_, n) => `mcp_server_${n % 100}__xaxb${n}`);
  expect(names.map(said)).toEqual(names.map(() => "approve"));
});

test("a client's tools are described to the model as they were given", () => {
  expect(clientDefinitions([[clientTool("ask", "Asks the user")]])).toMatchObject([
    { name: "ask", description: "Asks the user", policy: "client_side", hints: { isRepeatable: false } },
  ]);
});

test("a check names the first place that is wrong", () => {
  const check = makeCheckTools([], { ...defaultLimits, clientTools: 1 });
  const tools = [clientTool("a"), clientTool("b")];
  expect(check({ tools, policies: {}, capabilities: [] })).toMatchObject({ refusal: { code: "too_large", limit: 1 } });
  const policies = { "x{": "auto" } as const;
  expect(check({ tools: [], policies, capabilities: [] })).toMatchObject({ refusal: { path: "/tool_policies/x{" } });
});
