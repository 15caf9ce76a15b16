/* oxlint-disable typescript/no-unsafe-assignment, typescript/no-unsafe-member-access, typescript/no-unsafe-call, typescript/no-unsafe-argument, typescript/no-unsafe-return, import/no-default-export -- loaded as it is by its host, which brings the types */
/**
 * Serai inside pi: a call that would write into what another agent holds is blocked with who holds it, and what the team
 * does is put before the model. Without the server everything goes on as without this file.
 */
import { framed, openClient, openWaiting } from "./plugin-client.js";

const settings = {};

const READING = new Set(["read", "grep", "find", "ls"]);

export default function serai(pi) {
  let client;
  const waiting = openWaiting();

  const open = (ctx) => (client ??= openClient({ ide: "pi", ...settings, cwd: ctx.cwd ?? process.cwd() }));
  const idOf = (ctx) => ctx.sessionManager.getSessionId();
  const about = (ctx, more) => ({ conversation_id: idOf(ctx), cwd: ctx.cwd, ...more });

  pi.on("session_start", async (event, ctx) => {
    if (!open(ctx).isFirst(ctx)) return;
    waiting.add(idOf(ctx), await open(ctx).ask(about(ctx, { event: "session_start", source: event.reason })));
  });
  pi.on("before_agent_start", async (event, ctx) => {
    if (!open(ctx).isFirst(ctx)) return undefined;
    const prompted = about(ctx, { event: "before_agent_start", prompt: event.prompt });
    waiting.add(idOf(ctx), await open(ctx).ask(prompted));
    const text = waiting.take(idOf(ctx));
    return text === null ? undefined : { message: { customType: "serai", content: framed(text), display: true } };
  });
  pi.on("tool_call", async (event, ctx) => {
    if (READING.has(event.toolName)) return undefined;
    const answer = await open(ctx).decide(about(ctx, call(event)));
    if (answer.reason !== undefined) return { block: true, reason: answer.reason };
    waiting.add(idOf(ctx), answer);
    return undefined;
  });
  pi.on("tool_result", async (event, ctx) => {
    const name = event.isError ? "tool_failed" : "tool_result";
    if (!READING.has(event.toolName))
      waiting.add(idOf(ctx), await open(ctx).ask(about(ctx, { ...call(event), event: name })));
    const text = waiting.take(idOf(ctx));
    return text === null ? undefined : { content: [...event.content, { type: "text", text }] };
  });
  pi.on("agent_end", async (_event, ctx) => {
    await open(ctx).end(about(ctx, { event: "agent_end" }));
  });
  pi.on("session_shutdown", async (event, ctx) => {
    // After a reload the same conversation goes on with what it holds.
    if (event.reason !== "reload") await open(ctx).end(about(ctx, { event: "session_shutdown", reason: event.reason }));
    client?.close();
    client = undefined;
  });
}

function call(event) {
  return { event: event.type, tool_name: event.toolName, tool_input: event.input, tool_use_id: event.toolCallId };
}
