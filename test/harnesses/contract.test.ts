/** Every harness under one contract. */
import { onTestFinished } from "vitest";
import type { Step } from "../acp-agent/script.ts";
import { openWorld } from "./acp/world.ts";
import { describeHarness } from "./describe-harness.ts";
import type { Part } from "./describe-harness.ts";
import { drive } from "./hosted/drive.ts";
import { beginScript } from "./hosted/scripts.ts";
import { makeTools } from "./hosted/tools.ts";

const scripts = {
  text: [{ text: "Hello there" }],
  tool: [{ text: "I look", tools: [{ name: "look", input: {} }] }, { text: "Done" }],
  failure: [{ status: 401, errorCode: "invalid_api_key" }],
  hang: [{ text: "Hm", hang: true }],
} satisfies Record<Part, unknown>;

describeHarness({
  name: "hosted",
  begin(part) {
    const log = beginScript(scripts[part]);
    const { toolSet: tools } = makeTools({ look: {} });
    return Promise.resolve({ log, drive: (options = {}) => drive(log, { ...options, tools }) });
  },
});

const tool = { toolCallId: "look", title: "Look", kind: "read" as const };
const steps: Record<Part, readonly Step[]> = {
  text: [{ say: "Hello there" }],
  tool: [
    { say: "I look" },
    { update: { sessionUpdate: "tool_call", ...tool, status: "in_progress" } },
    { update: { sessionUpdate: "tool_call_update", ...tool, status: "completed" } },
    { say: "Done" },
  ],
  failure: [{ fail: { code: -32603, message: "Internal error" } }],
  hang: [{ say: "Hm" }, { hang: "until-cancel" }],
};

describeHarness({
  name: "acp",
  async begin(part) {
    const world = await openWorld();
    onTestFinished(() => world[Symbol.asyncDispose]());
    const session = await world.session();
    session.say(steps[part]);
    return { log: session.log, drive: (options = {}) => session.goOn(options) };
  },
});
