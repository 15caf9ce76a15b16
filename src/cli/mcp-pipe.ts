/**
 * Messages of the Model Context Protocol from standard input to `/mcp` of the server, and its answers to standard output,
 * one a line. Calls run side by side. Where the server is, is looked up for each: one that went away and came back, on
 * another port perhaps, is found again.
 *
 * Invariant: nothing but messages of the protocol comes out, and each call that waits is answered once.
 */
import { SseParser } from "../client/sse-parser.ts";
import {
  agreedVersionIn,
  answerLine,
  cancelledIn,
  clientNameIn,
  errorLine,
  readMcpMessage,
  standardHeaders,
  versionIn,
} from "./mcp-message.ts";
import type { McpId, McpMessage } from "./mcp-message.ts";

export interface McpPipeDeps {
  /** Contract: throws, with a sentence for people, where there is no server. */
  readonly findServer: () => { readonly url: string; readonly key: string | null };
  /** Of the folder and the client, as they are now. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
  readonly write: (line: string) => Promise<void>;
  /** For people, beside the protocol. */
  readonly note: (line: string) => void;
}

/** The longest that a tool of the server takes, and some more. */
const ANSWER_MS = 180_000;
/** After the client has closed its side, for what is under way. */
const LAST_ANSWERS_MS = 5_000;

export async function pipeMcp(lines: AsyncIterable<string>, deps: McpPipeDeps): Promise<void> {
  const pipe = new McpPipe(deps);
  const running = new Set<Promise<void>>();
  for await (const line of lines) {
    if (line.trim() === "") continue;
    const work = pipe.take(line).finally(() => running.delete(work));
    running.add(work);
  }
  const timer = setTimeout(() => pipe.leave(), LAST_ANSWERS_MS);
  await Promise.all(running);
  clearTimeout(timer);
}

class McpPipe {
  readonly #deps: McpPipeDeps;
  readonly #waiting = new Map<McpId, AbortController>();
  /** What versions before 2026 agree on once. */
  #version: string | undefined;
  #clientName: string | undefined;

  constructor(deps: McpPipeDeps) {
    this.#deps = deps;
  }

  async take(line: string): Promise<void> {
    const message = readMcpMessage(line);
    if (message === undefined) return this.#deps.note("A line that is no message was left out");
    this.#clientName = clientNameIn(message) ?? this.#clientName;
    const cancelled = cancelledIn(message);
    if (cancelled !== undefined) return this.#waiting.get(cancelled)?.abort();
    const { id } = message;
    const leaving = new AbortController();
    if (id !== null) this.#waiting.set(id, leaving);
    try {
      await this.#pass(message, AbortSignal.any([leaving.signal, AbortSignal.timeout(ANSWER_MS)]));
    } catch (error) {
      if (!leaving.signal.aborted) await this.#fail(message, error);
    } finally {
      if (id !== null) this.#waiting.delete(id);
    }
  }

  leave(): void {
    for (const waiting of this.#waiting.values()) waiting.abort();
  }

  async #pass(message: McpMessage, signal: AbortSignal): Promise<void> {
    const { url, key } = this.#deps.findServer();
    const headers = { ...(await this.#deps.headers()), ...this.#headersOf(message, key) };
    const response = await fetch(new URL("/mcp", url), { method: "POST", headers, body: message.json, signal });
    let isAnswered = false;
    for await (const json of messagesIn(response)) {
      const line = answerLine(json, message.id);
      if (line === undefined) continue;
      if (message.method === "initialize") this.#version = agreedVersionIn(line);
      isAnswered = true;
      if (message.id !== null) await this.#deps.write(line);
    }
    if (!isAnswered && message.id !== null) throw new Error(`The server answered ${response.status} and nothing else`);
  }

  #headersOf(message: McpMessage, key: string | null): Readonly<Record<string, string>> {
    const version = message.method === "initialize" ? undefined : (versionIn(message) ?? this.#version);
    return {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(version === undefined ? {} : { "mcp-protocol-version": version }),
      ...(this.#clientName === undefined ? {} : { "X-Serai-Client": encodeURIComponent(this.#clientName) }),
      ...standardHeaders(message),
    };
  }

  async #fail({ id }: McpMessage, error: unknown): Promise<void> {
    const text = sentenceOf(error);
    this.#deps.note(text);
    if (id !== null) await this.#deps.write(errorLine(id, text));
  }
}

async function* messagesIn(response: Response): AsyncGenerator<string, void, undefined> {
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
  if (!isStream) {
    const text = await response.text();
    if (text !== "") yield text;
    return;
  }
  const parser = new SseParser();
  const decoder = new TextDecoder();
  if (response.body === null) return;
  // The typings leave open what a body is made of; it is bytes.
  for await (const bytes of response.body as ReadableStream<Uint8Array>) {
    for (const { data } of parser.push(decoder.decode(bytes, { stream: true }))) if (data !== null) yield data;
  }
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // `fetch failed` says nothing; what it was caused by does.
  const cause = error.cause instanceof Error ? error.cause.message : "";
  const what =
    error instanceof TypeError ? "The Serai server does not answer; start it with: serai serve" : error.message;
  return cause === "" ? what : `${what} (${cause})`;
}
