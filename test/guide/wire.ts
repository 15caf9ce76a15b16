/** Three ways for one curl command to reach a server: in process, over a socket, and by curl itself. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { openAsBlob } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Server } from "../../src/main/boot.ts";
import type { CurlBody, CurlCommand } from "./curl-command.ts";
import { parseCurl } from "./curl-command.ts";

export interface WireAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: AsyncIterable<string>;
  /** Stops reading. */
  readonly leave: () => Promise<void>;
}

export interface Wire {
  readonly url: string;
  /** Contract: the command holds no placeholder any more. */
  send(command: string, folder: string): Promise<WireAnswer>;
}

export function inProcess(server: Server): Wire {
  return { url: "http://localhost", send: (text, folder) => byFetch(parseCurl(text), folder, server.fetch) };
}

export function overSocket(server: Server): Wire {
  return { url: server.url, send: (text, folder) => byFetch(parseCurl(text), folder, fetch) };
}

async function byFetch(
  { method, url, headers, body }: CurlCommand,
  folder: string,
  send: (request: Request) => Promise<Response>,
): Promise<WireAnswer> {
  const leaving = new AbortController();
  const init = { method, signal: leaving.signal, ...(body === null ? {} : { body: await bodyOf(body, folder) }) };
  const response = await send(new Request(url, { ...init, headers: headers.map(([name, value]) => [name, value]) }));
  return {
    status: response.status,
    headers: new Map(response.headers),
    body: textOf(response.body ?? new Blob([]).stream()),
    leave: async () => leaving.abort(),
  };
}

async function bodyOf(body: CurlBody, folder: string): Promise<string | Uint8Array<ArrayBuffer> | FormData> {
  if (body.kind === "text") return body.text;
  if (body.kind === "file") return Uint8Array.from(await readFile(join(folder, body.file)));
  const form = new FormData();
  for (const [name, value] of body.fields) {
    const file = value.startsWith("@") ? value.slice(1) : null;
    if (file === null) form.append(name, value);
    else form.append(name, await openAsBlob(join(folder, file)), basename(file));
  }
  return form;
}

async function* textOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
}

export const hasCurl = spawnSync("curl", ["--version"]).status === 0;

/** The command as it stands, run by a shell; what is added makes curl show the head and hold nothing back. */
export function byCurl(server: Server): Wire {
  return {
    url: server.url,
    async send(command, folder) {
      const script = `curl() { command curl -sS -i --no-buffer "$@"; }\n${command}`;
      const child = spawn("bash", ["-c", script], {
        cwd: folder,
        stdio: ["ignore", "pipe", "inherit"],
        detached: true,
      });
      const exited = once(child, "exit");
      const { head, rest } = await readHead(textOf(child.stdout)[Symbol.asyncIterator]());
      const [statusLine = "", ...lines] = head.split("\r\n");
      return {
        status: Number(statusLine.split(" ")[1]),
        headers: new Map(lines.map((line) => headerOf(line))),
        body: rest,
        async leave() {
          child.stdout.destroy();
          // The shell and the curl in it.
          if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid);
          await exited;
        },
      };
    },
  };
}

function headerOf(line: string): readonly [string, string] {
  const at = line.indexOf(":");
  return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
}

async function readHead(chunks: AsyncIterator<string>): Promise<{ head: string; rest: AsyncIterable<string> }> {
  let text = "";
  while (!text.includes("\r\n\r\n")) {
    const { done, value } = await chunks.next();
    if (done === true) throw new Error(`curl ended before the answer began: ${text}`);
    text += value;
  }
  const end = text.indexOf("\r\n\r\n");
  async function* rest(): AsyncGenerator<string> {
    yield text.slice(end + 4);
    yield* { [Symbol.asyncIterator]: () => chunks };
  }
  return { head: text.slice(0, end), rest: rest() };
}
