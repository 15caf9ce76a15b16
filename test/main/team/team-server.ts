/**
 * A whole server over its socket with a clock that a test may move, on a machine whose hook clients call it `laptop`:
 * agents in repositories of their own send what their IDEs send.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pino } from "pino";
import { hooksFolderOf } from "../../../src/install/places.ts";
import { boot } from "../../../src/main/boot.ts";
import type { Server } from "../../../src/main/boot.ts";
import { readSettings } from "../../../src/main/config.ts";
import { readPayload } from "../../doors/hooks/payloads.ts";

export const MINUTE = 60_000;
export type Reply = Readonly<Record<string, unknown>>;
export type Headers = Readonly<Record<string, string>>;

export interface TeamServer extends AsyncDisposable {
  readonly server: Server;
  /** A folder of this machine, for real trees. */
  readonly folder: string;
  readonly slug: string;
  /** What the server logged as broken. */
  readonly faults: readonly string[];
  advance(ms: number): void;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Of a hook: its IDE's JSON in, its IDE's JSON out. */
  send(path: string, body: unknown, headers?: Headers): Promise<Reply>;
  json<T>(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: T }>;
  listed(): Promise<readonly Listed[]>;
  events(conversation: string): Promise<readonly LoggedEvent[]>;
}

export interface Listed {
  readonly id: string;
  readonly conversation_id: string;
  readonly reserved_files: readonly string[];
}

export interface LoggedEvent {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export async function openTeamServer(): Promise<TeamServer> {
  const folder = await mkdtemp(join(tmpdir(), "serai-team-"));
  const faults: string[] = [];
  let aheadMs = 0;
  const clock = { now: () => Date.now() + aheadMs, monotonic: () => performance.now() + aheadMs };
  const environment = { XDG_CONFIG_HOME: join(folder, "config") };
  const { hostId } = hooksFolderOf({ environment, home: folder });
  mkdirSync(dirname(hostId), { recursive: true });
  writeFileSync(hostId, "laptop\n");
  const read = readSettings({ port: 0, data: join(folder, "data") }, {}, folder);
  if (!read.ok) throw new Error(read.reason);
  const server = await boot({
    settings: read.settings,
    ...{ environment, clock, version: "test" },
    log: pino({ level: "error" }, { write: (line: string) => void faults.push(line) }),
    onBroken: (fault) => {
      throw fault;
    },
  });
  const key = (await readFile(join(folder, "data", "admin.key"), "utf8")).trim();
  const send: TeamServer["fetch"] = (path, init = {}) =>
    fetch(`${server.url}${path}`, {
      ...init,
      headers: { Authorization: `Bearer ${key}`, ...(init.headers as Headers | undefined) },
    });
  const json = async <T>(method: string, path: string, body?: unknown) => {
    const content = { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    const response = await send(path, { method, ...(body === undefined ? {} : content) });
    const text = await response.text();
    return { status: response.status, body: (text === "" ? null : JSON.parse(text)) as T };
  };
  const workspaces = await json<{ readonly data: readonly { readonly name: string }[] }>("GET", "/api/v1/workspaces");
  const slug = workspaces.body.data[0]?.name ?? "";
  const listed = async () => (await json<readonly Listed[]>("GET", `/workspaces/${slug}/sessions`)).body;
  return {
    ...{ server, folder, slug, faults, json, listed },
    fetch: send,
    advance: (ms) => void (aheadMs += ms),
    async send(path, body, headers = {}) {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      const response = await send(path, { method: "POST", body: text, headers });
      const said = await response.text();
      if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${said}`);
      return said === "" ? {} : (JSON.parse(said) as Reply);
    },
    async events(conversation) {
      const sessions = (await listed()).filter(({ conversation_id }) => conversation_id === conversation);
      const pages = sessions.map(({ id }) =>
        json<{ readonly data: readonly LoggedEvent[] }>("GET", `/api/v1/sessions/${id}/events?limit=1000`),
      );
      return (await Promise.all(pages)).flatMap(({ body }) => body.data);
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What a hook client would tell of a working tree. */
export function tellTree(root: string, more: Headers = {}): Headers {
  return {
    "X-Serai-Root": root,
    "X-Serai-Common-Dir": `${root}/.git`,
    "X-Serai-Origin": "git@github.com:acme/app.git",
    "X-Serai-Branch": "main",
    "X-Serai-Host": "desk",
    ...more,
  };
}

let count = 0;

/** Agents in one working tree; each call a repository of its own. */
export function openTree(team: TeamServer, headers?: Headers) {
  const root = headers?.["X-Serai-Root"] ?? `/home/dev/app-${++count}`;
  const facts = headers ?? tellTree(root, { "X-Serai-Origin": `git@github.com:acme/app-${count}.git` });
  const claude = (session_id: string, hook_event_name: string, more: object = {}) => {
    const transcript_path = `/home/dev/.claude/projects/x/${session_id}.jsonl`;
    return team.send("/hooks/claude-code", { session_id, cwd: root, transcript_path, hook_event_name, ...more }, facts);
  };
  const edit = (file: string, use: string) => ({
    tool_name: "Write",
    tool_input: { file_path: file.startsWith("/") ? file : `${root}/${file}` },
    tool_use_id: use,
  });
  const bash = (command: string) => ({ tool_name: "Bash", tool_input: { command }, tool_use_id: command });
  return {
    ...{ root, facts, claude },
    prompt: (session: string, prompt: string) => claude(session, "UserPromptSubmit", { prompt }),
    pre: (session: string, file: string, use = `${session}-${file}`) => claude(session, "PreToolUse", edit(file, use)),
    post: (session: string, file: string, use = `${session}-${file}`) =>
      claude(session, "PostToolUse", edit(file, use)),
    async wrote(session: string, file: string, use = `${session}-${file}`) {
      await claude(session, "PreToolUse", edit(file, use));
      return claude(session, "PostToolUse", edit(file, use));
    },
    preBash: (session: string, command: string) => claude(session, "PreToolUse", bash(command)),
    postBash: (session: string, command: string) => claude(session, "PostToolUse", bash(command)),
    codex(session_id: string, patch: string, event = "PreToolUse") {
      const payload = readPayload("codex", "PreToolUse.apply_patch.json");
      const call = { tool_input: { command: patch }, tool_use_id: `${session_id}-${patch.length}` };
      return team.send("/hooks/codex", { ...payload, session_id, cwd: root, ...call, hook_event_name: event }, facts);
    },
    cursor(conversation_id: string, hook_event_name: string, more: object = {}) {
      const ids = { conversation_id, session_id: conversation_id, cursor_version: "3.20.17", workspace_roots: [root] };
      return team.send("/hooks/cursor", { ...ids, cwd: root, hook_event_name, ...more }, facts);
    },
  };
}

export function reasonOf(reply: Reply): string | undefined {
  const output = reply["hookSpecificOutput"] as Reply | undefined;
  return output?.["permissionDecisionReason"] as string | undefined;
}

export function contextOf(reply: Reply): string | undefined {
  const output = reply["hookSpecificOutput"] as Reply | undefined;
  return (output?.["additionalContext"] ?? reply["additional_context"]) as string | undefined;
}

export const typesOf = (events: readonly LoggedEvent[]) => events.map(({ type }) => type);
