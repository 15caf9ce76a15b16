/** Carries out the steps of a script, one after the other, until the end or a cancel. */
import { spawn } from "node:child_process";
import { writeFileSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { RequestError } from "@agentclientprotocol/sdk";
import type {
  AgentContext,
  PermissionOption,
  RequestPermissionResponse,
  SessionUpdate,
} from "@agentclientprotocol/sdk";
import type { Session } from "./agent.ts";
import { callTool } from "./call-tool.ts";
import type { Step } from "./script.ts";

export interface Stage {
  readonly client: AgentContext;
  readonly session: Session;
  /** Goes on as if nobody had cancelled. */
  readonly isDeaf: boolean;
}

export interface Played {
  readonly text: string;
  readonly end: Readonly<Record<string, unknown>>;
}

/** Ids differ on purpose: only the kind says what an option means. */
const OPTIONS: readonly PermissionOption[] = [
  { optionId: "proceed_always", name: "Always", kind: "allow_always" },
  { optionId: "42", name: "Yes", kind: "allow_once" },
  { optionId: "abort", name: "No", kind: "reject_once" },
];

export async function carryOut(script: readonly Step[], stage: Stage): Promise<Played> {
  let text = "";
  let end: Readonly<Record<string, unknown>> = {};
  for (const step of script) {
    if (stage.session.cancel.signal.aborted && !stage.isDeaf) break;
    if ("end" in step) end = step.end;
    else text += (await play(step, stage)) ?? "";
  }
  return { text, end };
}

async function say(stage: Stage, update: SessionUpdate): Promise<void> {
  await stage.client.notify("session/update", { sessionId: stage.session.id, update });
}

async function sayText(stage: Stage, text: string): Promise<string> {
  await say(stage, { sessionUpdate: "agent_message_chunk", content: { type: "text", text } });
  return text;
}

/** What was said in this step. */
async function play(step: Exclude<Step, { end: unknown }>, stage: Stage): Promise<string | void> {
  if ("say" in step) return await chunked(step, stage);
  if ("think" in step) {
    return say(stage, { sessionUpdate: "agent_thought_chunk", content: { type: "text", text: step.think } });
  }
  if ("plan" in step) return say(stage, { sessionUpdate: "plan", entries: step.plan });
  if ("update" in step) return say(stage, step.update as SessionUpdate); // Also what the protocol does not know.
  if ("ask" in step) return await ask(step, stage);
  if ("write" in step) return writeFileSync(resolve(step.write.path), step.write.text);
  if ("fs" in step) return await askForFile(step, stage);
  if ("run" in step) return await runCommand(step);
  if ("call" in step) return await sayText(stage, await callTool(step, stage.session));
  if ("waitMs" in step) return await pause(step.waitMs, stage);
  if ("flood" in step) return await flood(step, stage);
  if ("stamps" in step) return await stamps(step, stage);
  if ("raw" in step) return void writeSync(1, `${step.raw}\n`);
  if ("notify" in step) return await stage.client.notify(step.notify, step.params ?? {});
  if ("stderr" in step) return void writeSync(2, `${step.stderr}\n`);
  if ("crash" in step) return crash(step.crash);
  if ("hang" in step) return await hang(step.hang, stage);
  if ("recall" in step)
    return await sayText(stage, stage.session.said.map(({ by, text }) => `${by}: ${text}`).join("|"));
  throw new RequestError(step.fail.code, step.fail.message, step.fail.data);
}

async function chunked({ say: text, chunks = 1 }: { say: string; chunks?: number }, stage: Stage): Promise<string> {
  const size = Math.ceil(text.length / chunks);
  for (let at = 0; at < text.length; at += size) await sayText(stage, text.slice(at, at + size));
  return text;
}

async function ask(step: Extract<Step, { ask: unknown }>, stage: Stage): Promise<string> {
  const options = [...(step.options ?? OPTIONS)];
  const request = { sessionId: stage.session.id, toolCall: step.ask, options };
  const { outcome } = await stage.client.request<RequestPermissionResponse>("session/request_permission", request);
  const said = outcome.outcome === "selected" ? outcome.optionId : "cancelled";
  const isAllowed = options.some(({ optionId, kind }) => optionId === said && kind.startsWith("allow"));
  const { toolCallId } = step.ask;
  const status = isAllowed ? "completed" : "failed";
  await say(stage, { sessionUpdate: "tool_call_update", toolCallId, status });
  return await sayText(stage, `(${said})`);
}

async function askForFile(step: Extract<Step, { fs: unknown }>, stage: Stage): Promise<string> {
  const { id: sessionId } = stage.session;
  try {
    if (step.fs === "read") {
      const { content } = await stage.client.request("fs/read_text_file", { sessionId, path: step.path });
      return await sayText(stage, content);
    }
    await stage.client.request("fs/write_text_file", { sessionId, path: step.path, content: step.text ?? "" });
    return await sayText(stage, "(written)");
  } catch (cause) {
    return await sayText(stage, `(${(cause as Error).message})`);
  }
}

/** Each command in a group of its own, as the tools of real agents are. */
async function runCommand({ run, orphan = false, clean = false, wait = false }: Extract<Step, { run: unknown }>) {
  const [command = "", ...args] = run;
  const env = clean ? { PATH: process.env["PATH"] } : process.env;
  if (orphan) {
    const line = [command, ...args].map((word) => `'${word}'`).join(" ");
    spawn("/bin/sh", ["-c", `setsid ${line} >/dev/null 2>&1 &`], { detached: true, env, stdio: "ignore" });
    return await sleep(50);
  }
  const child = spawn(command, args, { detached: true, env, stdio: "ignore" });
  if (wait) await new Promise((done) => child.once("exit", done));
  else child.unref();
}

async function flood({ flood: count, bytes = 20 }: Extract<Step, { flood: unknown }>, stage: Stage): Promise<string> {
  let text = "";
  for (let index = 0; index < count; index++) text += await sayText(stage, `${index} `.padEnd(bytes, "."));
  return text;
}

async function stamps({ stamps: count, everyMs }: Extract<Step, { stamps: unknown }>, stage: Stage): Promise<string> {
  let text = "";
  for (let index = 0; index < count; index++) {
    await sleep(everyMs);
    text += await sayText(stage, `${Number(process.hrtime.bigint()) / 1e6} `);
  }
  return text;
}

function crash(how: number | "SIGKILL"): void {
  if (how === "SIGKILL") process.kill(process.pid, "SIGKILL");
  else process.exit(how);
}

async function pause(ms: number, { session, isDeaf }: Stage): Promise<void> {
  const signal = isDeaf ? {} : { signal: session.cancel.signal };
  await sleep(ms, undefined, signal).catch(() => undefined);
}

async function hang(how: "until-cancel" | "for-ever", { session, isDeaf }: Stage): Promise<void> {
  const { signal } = session.cancel;
  await new Promise<void>((resolveHang) => {
    if (how === "until-cancel" && !isDeaf) signal.addEventListener("abort", () => resolveHang(), { once: true });
  });
}
