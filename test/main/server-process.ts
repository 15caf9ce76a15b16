/** A real server in a process of its own, that can be killed and started again. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { compileCache } from "../compile-cache.ts";

const launcher = fileURLToPath(new URL("./serve-child.ts", import.meta.url));

export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  readonly key: string;
  readonly child: ChildProcess;
  /** From the start of the process to its ready line. */
  readonly readyMs: number;
  /** SIGKILL: nothing in the process gets to know. */
  kill(): Promise<void>;
}

export interface StartOptions {
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
}

export async function startServer({ folder, env = {} }: StartOptions): Promise<ServerProcess> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [launcher, folder], {
    env: { PATH: process.env.PATH ?? "", HOME: folder, ...compileCache, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const url = await readyUrl(child);
  const readyMs = performance.now() - startedAt;
  const key = (await readFile(join(folder, "admin.key"), "utf8")).trim();
  const end = async (signal: "SIGKILL" | "SIGTERM") => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  };
  return { url, key, child, readyMs, kill: () => end("SIGKILL"), [Symbol.asyncDispose]: () => end("SIGTERM") };
}

async function readyUrl(child: ChildProcess): Promise<string> {
  let said = "";
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  child.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stdout?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
    const url = /Serai is ready at (\S+)/.exec(said)?.[1];
    if (url !== undefined) resolve(url);
  });
  child.once("exit", (code, signal) =>
    reject(new Error(`The server ended (${code ?? signal}) before it was ready:\n${said}`)),
  );
  return promise;
}

export interface Api {
  json(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: unknown }>;
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

export function apiOf({ url, key }: Pick<ServerProcess, "url" | "key">): Api {
  const send: Api["fetch"] = (path, init = {}) =>
    fetch(`${url}/api/v1${path}`, {
      ...init,
      headers: { Authorization: `Bearer ${key}`, ...(init.headers as object) },
    });
  return {
    fetch: send,
    async json(method, path, body) {
      const headers = body === undefined ? {} : { "Content-Type": "application/json" };
      const response = await send(path, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === "" ? null : (JSON.parse(text) as unknown) };
    },
  };
}
