/**
 * A coding agent without a model, for tests: speaks the Agent Client Protocol on its standard input and output and does
 * what its prompts say (`script.ts`). The options it is started with are the ways in which real agents differ:
 *
 *   --exit-at-start --garbage-at-start --silent --chatty   no-load   --late-replay  --modes --first-mode=<id>
 *   --auth=<method> --hook=<script> --ignore-cancel --never-cancelled --ignore-eof --slow-start=<ms>
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { writeSync } from "node:fs";
import { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { agent, ndJsonStream, RequestError } from "@agentclientprotocol/sdk";
import type { AgentContext, McpServer, PromptRequest, PromptResponse, SessionUpdate } from "@agentclientprotocol/sdk";
import { recall, remember } from "./memory.ts";
import type { Said } from "./memory.ts";
import { carryOut } from "./steps.ts";
import { readScript } from "./script.ts";

const options = process.argv.slice(2);
const has = (name: string) => options.includes(`--${name}`);
const valueOf = (name: string) => options.find((each) => each.startsWith(`--${name}=`))?.split("=")[1];

export interface Session {
  readonly id: string;
  readonly said: Said[];
  readonly servers: readonly McpServer[];
  /** The last session that a tool's answer named. */
  lastNamed?: string | undefined;
  /** Aborts when the prompt is cancelled. */
  cancel: AbortController;
}

function makeSession(id: string, given: Pick<Session, "said" | "servers">): Session {
  return { id, ...given, cancel: new AbortController() };
}

const sessions = new Map<string, Session>();
let isAuthenticated = valueOf("auth") === undefined;

if (has("exit-at-start")) {
  writeSync(2, "fatal: the moon is in the wrong phase\n");
  process.exit(3);
}
if (has("garbage-at-start")) writeSync(1, "Welcome to the agent!\n{broken json\n[1,2]\n\u2028\n");
if (has("chatty")) for (let line = 0; line < 20_000; line++) writeSync(2, `noise ${line} ${"x".repeat(80)}\n`);
if (has("ignore-eof")) setInterval(() => undefined, 1_000);
await sleep(Number(valueOf("slow-start") ?? 0));

const modes = {
  currentModeId: valueOf("first-mode") ?? "default",
  availableModes: [
    { id: "default", name: "Default" },
    { id: "auto", name: "A model decides" },
    { id: "read-only", name: "Ask first" },
  ],
};
const configOptions = [
  {
    id: "model",
    name: "Model",
    category: "model",
    type: "select" as const,
    currentValue: "small",
    options: [
      { value: "small", name: "Small" },
      { value: "large", name: "Large" },
    ],
  },
];
const offered = () => (has("modes") ? { modes, configOptions } : {});

async function update(client: AgentContext, sessionId: string, said: SessionUpdate): Promise<void> {
  await client.notify("session/update", { sessionId, update: said });
}

function textUpdate(kind: "user_message_chunk" | "agent_message_chunk", text: string): SessionUpdate {
  return { sessionUpdate: kind, content: { type: "text", text } };
}

async function replay(client: AgentContext, session: Session): Promise<void> {
  for (const { by, text } of session.said) {
    await update(client, session.id, textUpdate(by === "user" ? "user_message_chunk" : "agent_message_chunk", text));
  }
}

function textOf({ prompt }: PromptRequest): string {
  return prompt.map((block) => (block.type === "text" ? block.text : `[${block.type}]`)).join("\n");
}

/** As agents do that tell their hooks of a conversation before they tell who asked for it. */
async function runHook(sessionId: string): Promise<void> {
  const script = valueOf("hook");
  if (script === undefined) return;
  const hook = spawn("/bin/sh", [script], { stdio: ["pipe", "ignore", "inherit"] });
  hook.stdin.end(JSON.stringify({ session_id: sessionId, hook_event_name: "SessionStart", source: "startup" }));
  await once(hook, "close");
}

async function answer(client: AgentContext, request: PromptRequest): Promise<PromptResponse> {
  const session = sessions.get(request.sessionId);
  if (session === undefined) throw RequestError.sessionNotFound(request.sessionId);
  const text = textOf(request);
  session.cancel = new AbortController();
  session.said.push({ by: "user", text });
  remember(session.id, session.said);
  const script = readScript(text) ?? [{ say: `You said: ${text}` }];
  const result = await carryOut(script, { client, session, isDeaf: has("ignore-cancel") });
  session.said.push({ by: "agent", text: result.text });
  remember(session.id, session.said);
  if (session.cancel.signal.aborted && has("never-cancelled")) return await new Promise<never>(() => undefined);
  const stopReason = session.cancel.signal.aborted && !has("ignore-cancel") ? "cancelled" : "end_turn";
  return { stopReason, ...result.end };
}

const connection = agent({ name: "test-agent" })
  .onRequest("initialize", async ({ params }) => {
    if (has("silent")) await new Promise<never>(() => undefined);
    return {
      protocolVersion: params.protocolVersion,
      agentInfo: { name: "test-agent", version: "1.2.3" },
      agentCapabilities: {
        loadSession: !has("no-load"),
        promptCapabilities: { image: true },
        mcpCapabilities: { http: true },
      },
      authMethods: valueOf("auth") === undefined ? [] : [{ id: valueOf("auth") ?? "", name: "A key" }],
    };
  })
  .onRequest("authenticate", ({ params }) => {
    isAuthenticated = params.methodId === valueOf("auth");
    return {};
  })
  .onRequest("session/new", async ({ params }) => {
    if (!isAuthenticated) throw RequestError.authRequired();
    const session = makeSession(randomUUID(), { said: [], servers: params.mcpServers });
    await runHook(session.id);
    sessions.set(session.id, session);
    if (params.mcpServers.length > 0) session.said.push({ by: "user", text: JSON.stringify(params.mcpServers) });
    return { sessionId: session.id, ...offered() };
  })
  .onRequest("session/load", async ({ params, client }) => {
    const said = recall(params.sessionId);
    if (said === undefined) throw new RequestError(-32603, "Internal error", { details: "unknown session" });
    const session = makeSession(params.sessionId, { said, servers: params.mcpServers });
    sessions.set(session.id, session);
    if (has("late-replay")) setTimeout(() => void replay(client, session), 20);
    else await replay(client, session);
    return offered();
  })
  .onRequest("session/set_mode", ({ params, client }) => {
    const said: SessionUpdate = { sessionUpdate: "current_mode_update", currentModeId: params.modeId };
    sessions.get(params.sessionId)?.said.push({ by: "user", text: `mode ${params.modeId}` });
    return update(client, params.sessionId, said);
  })
  .onRequest("session/set_config_option", ({ params }) => {
    sessions.get(params.sessionId)?.said.push({ by: "user", text: `${params.configId} ${String(params.value)}` });
    return { configOptions };
  })
  .onRequest("session/prompt", ({ params, client }) => answer(client, params))
  .onNotification("session/cancel", ({ params }) => sessions.get(params.sessionId)?.cancel.abort())
  .connect(ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)));

await connection.closed;
if (!has("ignore-eof")) process.exit(0);
