/**
 * The lines between us and an agent: JSON-RPC messages, one a line. Session updates are handed over right here, in the
 * order in which they stand on the wire and before whatever comes after them; everything else goes on to the SDK.
 *
 * A line that is no message is noise: counted, its beginning kept, and passed over. Nothing more is read while whoever
 * takes the updates has too many of them.
 */
import type { Readable, Writable } from "node:stream";
import type { AnyMessage, Stream } from "@agentclientprotocol/sdk";
import { readLines } from "../../lib/line-reader.ts";
import { objectOf } from "./json-read.ts";

/** Agents send whole files; what is longer than this is not read. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const KEPT_NOISE = 300;

export interface WireOptions {
  readonly input: Writable;
  readonly output: Readable;
  /** Contract: never throws. A promise that it gives is waited for before more is read. */
  readonly onUpdate: (update: unknown) => Promise<void> | undefined;
}

export interface Wire {
  readonly stream: Stream;
  /** The first line that was no message, and how many there were. */
  noise(): { readonly lines: number; readonly first: string };
}

export function openWire({ input, output, onUpdate }: WireOptions): Wire {
  const noise = { lines: 0, first: "" };
  const messages = readMessages(output, (line) => {
    noise.lines++;
    if (noise.lines === 1) noise.first = line.slice(0, KEPT_NOISE).toWellFormed();
  });
  const readable = new ReadableStream<AnyMessage>(
    {
      async pull(controller) {
        for (;;) {
          const { done, value } = await messages.next();
          if (done === true) return controller.close();
          if (value["method"] !== "session/update") return controller.enqueue(value as unknown as AnyMessage);
          await onUpdate(objectOf(value["params"])["update"]);
        }
      },
      async cancel() {
        await messages.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
  const writable = new WritableStream<AnyMessage>({ write: (message) => writeLine(input, JSON.stringify(message)) });
  return { stream: { readable, writable }, noise: () => noise };
}

async function* readMessages(
  output: Readable,
  onNoise: (line: string) => void,
): AsyncGenerator<Readonly<Record<string, unknown>>, undefined> {
  for await (const { text, isCut } of readLines(output, { maxLineBytes: MAX_LINE_BYTES })) {
    if (text.trim() === "") continue;
    const message = isCut ? undefined : parse(text);
    if (message === undefined) onNoise(text);
    else yield message;
  }
}

/** Nothing for what is no message of the protocol. */
function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const message = objectOf(JSON.parse(text));
    return message["jsonrpc"] === "2.0" ? message : undefined;
  } catch {
    return undefined;
  }
}

/** Resolves also when the agent reads no more: that it has ended is told elsewhere. */
function writeLine(input: Writable, line: string): Promise<void> {
  if (input.destroyed) return Promise.resolve();
  return new Promise((resolve) => input.write(`${line}\n`, () => resolve()));
}
