/** The real capabilities over a session with real files: a call is run, and its changes are committed as a turn would. */
import { makeToolSet } from "../../src/app/tool-set.ts";
import { capabilityCatalogue } from "../../src/capabilities/catalogue.ts";
import type { OpenedSecret, ToolPorts, ToolResult } from "../../src/core/ports/tools.ts";
import type { CapabilityRef } from "../../src/core/session.ts";
import { makeSafeFetch } from "../../src/lib/fetch/safe-fetch.ts";
import type { LookupAddresses } from "../../src/lib/fetch/safe-fetch.ts";
import { openGrep } from "../../src/lib/grep/grep.ts";
import { openShell } from "../../src/lib/shell/shell.ts";
import { openJobThreads } from "../../src/lib/threads/job-threads.ts";
import { openFileWorld } from "../app/file-world.ts";
import type { FileWorld } from "../app/file-world.ts";
import { noStorage } from "./no-storage.ts";

export interface ToolWorld extends AsyncDisposable {
  readonly files: FileWorld;
  readonly titles: string[];
  readonly faults: Error[];
  /** Runs a tool, commits what it changed, and gives its result. */
  run(name: string, args?: unknown, more?: CallOptions): Promise<ToolResult>;
  /** The text of a call that succeeds; any other outcome fails the test. */
  say(name: string, args?: unknown): Promise<string>;
  /** The sentence of a call that does not. */
  fail(name: string, args?: unknown): Promise<string>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onOutput?: (stream: "stdout" | "stderr", delta: string) => void;
}

export interface ToolWorldOptions {
  readonly limits?: Parameters<typeof openFileWorld>[0];
  /** Local servers that web tools may reach, as `host:port`. */
  readonly allowPrivate?: readonly string[];
  readonly lookup?: LookupAddresses;
  readonly secrets?: readonly OpenedSecret[];
}

const allRefs = ["session_file_system", "current_time", "todo_list", "session"].map((ref) => ({ ref }));

export async function openToolWorld(
  refs: readonly CapabilityRef[] = allRefs,
  { limits, allowPrivate = [], lookup = () => Promise.resolve([]), secrets = [] }: ToolWorldOptions = {},
): Promise<ToolWorld> {
  const files = await openFileWorld(limits);
  const grep = openGrep();
  const shell = openShell();
  const threads = openJobThreads({ maxThreads: 2, heapMb: 512 });
  const fetch = makeSafeFetch({ lookup, allowPrivate, userAgent: "Serai/test" });
  const titles: string[] = [];
  const faults: Error[] = [];
  const session: ToolPorts["session"] = {
    describe: () => Promise.resolve({ id: files.sessionId, title: titles.at(-1) ?? null }),
    async setTitle(title) {
      if (title.length > 200) return { ok: false, reason: "A title has at most 200 characters" };
      titles.push(title);
      return { ok: true };
    },
  };
  const { toolSet, changesOf } = makeToolSet({
    capabilities: capabilityCatalogue({ grep, shell, threads, fetch }),
    refs,
    ports: {
      openFiles: files.toolFiles,
      session,
      ...noStorage,
      secrets: secretsOf(secrets),
      now: () => Date.UTC(2026, 6, 1, 10, 30),
    },
    limits: { toolResultBytes: 64 * 1024 },
    onFault: (fault) => faults.push(fault),
  });
  let calls = 0;
  const run: ToolWorld["run"] = async (name, args = {}, { signal = new AbortController().signal, onOutput } = {}) => {
    const id = `call_${++calls}`;
    const result = await toolSet.call({ id, name, arguments: args }, signal, onOutput);
    const changes = changesOf(id);
    const { setting, sessionId } = files;
    if (changes.length === 0) return result;
    await setting.commit({ sessionId, events: [setting.line("tool.completed")], files: changes });
    return result;
  };
  return {
    files,
    titles,
    faults,
    run,
    async say(name, args) {
      const { status, content, error } = await run(name, args);
      const [part] = content;
      if (status !== "success" || part?.type !== "text") throw new Error(`${name} failed: ${error}`);
      return part.text;
    },
    async fail(name, args) {
      const { status, error } = await run(name, args);
      if (status === "success") throw new Error(`${name} succeeded`);
      return error ?? "";
    },
    async [Symbol.asyncDispose]() {
      for (const opened of [grep, shell, threads]) await opened[Symbol.asyncDispose]();
      await files[Symbol.asyncDispose]();
    },
  };
}

function secretsOf(secrets: readonly OpenedSecret[]): ToolPorts["secrets"] {
  return {
    list: () => Promise.resolve(secrets.map(({ name, hosts }) => ({ name, hosts }))),
    open: () => Promise.resolve(secrets),
  };
}
