/* oxlint-disable typescript/no-unsafe-assignment, typescript/no-unsafe-member-access, typescript/no-unsafe-call, typescript/no-unsafe-argument, typescript/no-unsafe-return, import/no-default-export -- loaded as it is by its host, which brings the types */
/**
 * Serai inside pi: a call that would write into what another agent holds is blocked with who holds it, and what the team
 * does is put before the model. Without the server everything goes on as without this file.
 */
import { openClient } from "./plugin-client.js";

const settings = {};

const READING = new Set(["read", "grep", "find", "ls"]);

export default function serai(pi) {
  let client;
  let briefing;

  const open = (ctx) => (client ??= openClient({ ide: "pi", ...settings, cwd: ctx.cwd ?? process.cwd() }));
  const about = (ctx, more) => ({ conversation_id: ctx.sessionManager.getSessionId(), cwd: ctx.cwd, ...more });
  const call = (event) => ({
    event: event.type,
    tool_name: event.toolName,
    tool_input: event.input,
    tool_use_id: event.toolCallId,
  });

  pi.on("session_start", async (event, ctx) => {
    const answer = await open(ctx).ask(about(ctx, { event: "session_start", source: event.reason }));
    briefing = answer?.context;
  });
  pi.on("before_agent_start", async (event, ctx) => {
    const answer = await open(ctx).ask(about(ctx, { event: "before_agent_start", prompt: event.prompt }));
    const content = [briefing, answer?.context].filter((text) => typeof text === "string").join("\n\n");
    briefing = undefined;
    return content === "" ? undefined : { message: { customType: "serai", content, display: true } };
  });
  pi.on("tool_call", async (event, ctx) => {
    if (READING.has(event.toolName)) return undefined;
    const { reason, context } = await open(ctx).decide(about(ctx, call(event)));
    if (reason !== undefined) return { block: true, reason };
    briefing = context ?? briefing;
    return undefined;
  });
  pi.on("tool_result", async (event, ctx) => {
    if (READING.has(event.toolName)) return undefined;
    const name = event.isError ? "tool_failed" : "tool_result";
    const answer = await open(ctx).ask(about(ctx, { ...call(event), event: name }));
    if (typeof answer?.context !== "string") return undefined;
    return { content: [...event.content, { type: "text", text: answer.context }] };
  });
  pi.on("agent_end", async (_event, ctx) => {
    await open(ctx).end(about(ctx, { event: "agent_end" }));
  });
  pi.on("session_shutdown", async (event, ctx) => {
    await open(ctx).end(about(ctx, { event: "session_shutdown", reason: event.reason }));
    client?.close();
    client = undefined;
  });
}
