/**
 * A server that speaks the contract of `/hooks/{ide}` and of the check of reservations, and nothing else: who first asks
 * for a file has it. It is told to be slow, wrong or absent, and keeps what it was asked.
 */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Ide } from "../../src/install/ides.ts";

export interface Asked {
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Never answered. */
  readonly hangs?: true;
}

export interface HookDouble extends AsyncDisposable {
  readonly url: string;
  readonly asked: Asked[];
  /** Instead of what it would answer; null for its own answers again. */
  answerWith(answer: Answer | null): void;
}

export async function openHookDouble(): Promise<HookDouble> {
  const asked: Asked[] = [];
  const holders = new Map<string, string>();
  let fixed: Answer | null = null;
  const server = createServer((request, response) => {
    readAll(request).then(
      (body) => {
        const question = { url: request.url ?? "", headers: request.headers, body };
        asked.push(question);
        send(response, fixed ?? answerTo(question, holders));
      },
      () => response.destroy(),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answerWith: (answer) => {
      fixed = answer;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function send(response: ServerResponse, { status = 200, headers = {}, body = "{}", hangs }: Answer): void {
  if (hangs) return;
  response.writeHead(status, { "Content-Type": "application/json", ...headers });
  response.end(body);
}

function answerTo({ url, headers, body }: Asked, holders: Map<string, string>): Answer {
  const { pathname } = new URL(url, "http://double");
  if (pathname === "/health") return json({ status: "ok", version: "0.1.0" });
  if (pathname === "/api/v1/auth/me")
    return json({ id: "usr_1", name: "hooks", role: "member", workspace_id: "w", key_id: "key_1" });
  if (pathname === "/api/v1/workspaces/w") return json({ id: "w", strict_hooks: false });
  if (pathname === "/api/v1/keys")
    return json({ id: `key_${"0".repeat(32)}`, key: "srk_minted", name: "hooks", role: "member" });
  if (pathname.startsWith("/api/v1/keys/")) return { status: 204, body: "" };
  if (pathname === "/api/v1/reservations/check") return checkAnswer(headers.accept, body, holders);
  const ide = pathname.replace("/hooks/", "") as Ide;
  const event = String(headers["x-serai-event"] ?? "");
  if (!/pre_?tool|BeforeTool|pre_write|tool\.execute\.before|tool_call/i.test(event + body)) return json({});
  const conversation = /"(?:session_id|conversation_id|sessionId|trajectory_id)":\s*"([^"]+)"/.exec(body)?.[1] ?? "";
  const file = /([\w.-]+\.(?:txt|ts))/.exec(body.replaceAll(/"transcript_path":\s*"[^"]*"/g, ""))?.[1] ?? "";
  const key = `${String(headers["x-serai-root"])}/${file}`;
  const holder = holders.get(key) ?? conversation;
  holders.set(key, holder);
  return holder === conversation ? allowOf(ide) : denyOf(ide, `${file} is reserved by ${holder}`);
}

function checkAnswer(accept: string | undefined, body: string, holders: Map<string, string>): Answer {
  const { paths } = JSON.parse(body) as { readonly paths: readonly string[] };
  const held = paths.filter((path) => holders.has(path));
  const word = held.length === 0 ? "allow" : "deny";
  const lines = held.map((path) => `${JSON.stringify(path)} is reserved`);
  if (accept === "text/plain")
    return { headers: { "Content-Type": "text/plain" }, body: `${[word, ...lines].join("\n")}\n` };
  return json({ permission: word, data: [] });
}

function json(value: object): Answer {
  return { body: JSON.stringify(value) };
}

export function allowOf(ide: Ide): Answer {
  if (ide === "windsurf") return { body: "", headers: { "Content-Type": "text/plain" } };
  return json(ide === "cursor" || ide === "opencode" || ide === "pi" ? { permission: "allow" } : {});
}

export function denyOf(ide: Ide, reason: string): Answer {
  switch (ide) {
    case "claude-code":
    case "codex":
      return json({
        hookSpecificOutput: {
          hookEventName: "PreToolUse",
          permissionDecision: "deny",
          permissionDecisionReason: reason,
        },
      });
    case "cursor":
      return json({ permission: "deny", user_message: reason, agent_message: reason });
    case "gemini":
      return json({ decision: "deny", reason });
    case "copilot":
      return json({ permissionDecision: "deny", permissionDecisionReason: reason });
    case "windsurf":
      return { headers: { "Content-Type": "text/plain", "X-Serai-Exit": "2" }, body: reason };
    case "opencode":
    case "pi":
      return json({ permission: "deny", reason });
  }
}
