/**
 * MCP over a program's standard input and output. Unlike the SDK's own transport it gives the program a clean environment
 * and a process group, and ends the whole group.
 */
import { ReadBuffer, serializeMessage } from "@modelcontextprotocol/client";
import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/client";

import { openProgram } from "../../lib/program.ts";
import type { Program, ProgramOptions } from "../../lib/program.ts";

/** Of one message. */
const MAX_MESSAGE_BYTES = 10 * 1024 * 1024;

export class StdioTransport implements Transport {
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
  onmessage?: Transport["onmessage"];
  readonly #options: ProgramOptions;
  readonly #buffer = new ReadBuffer({ maxBufferSize: MAX_MESSAGE_BYTES });
  #program: Program | undefined;

  constructor(options: ProgramOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const program = await openProgram(this.#options);
    this.#program = program;
    program.output.on("data", (chunk: Buffer) => this.#read(chunk));
    this.#tellEnd(program).catch((cause: unknown) => this.onerror?.(asError(cause)));
  }

  complaints(): string {
    return this.#program?.complaints() ?? "";
  }

  send(message: JSONRPCMessage): Promise<void> {
    const program = this.#program;
    if (program === undefined) return Promise.reject(new Error("The program has not been started"));
    return new Promise((resolve, reject) => {
      program.input.write(serializeMessage(message), (cause) =>
        cause ? reject(new Error("The program no longer reads its input", { cause })) : resolve(),
      );
    });
  }

  async close(): Promise<void> {
    await this.#program?.[Symbol.asyncDispose]();
  }

  async #tellEnd(program: Program): Promise<void> {
    await program.ended;
    this.onclose?.();
  }

  #read(chunk: Buffer): void {
    try {
      this.#buffer.append(chunk);
    } catch (cause) {
      this.onerror?.(new Error("The program wrote a message that is too large", { cause }));
      this.close().catch((failure: unknown) => this.onerror?.(asError(failure)));
      return;
    }
    while (this.#readOne());
  }

  /** Whether there may be more. A line that is no message is told and passed over. */
  #readOne(): boolean {
    try {
      const message = this.#buffer.readMessage();
      if (message === null) return false;
      this.onmessage?.(message);
    } catch (cause) {
      this.onerror?.(new Error("The program wrote a line that is no message", { cause }));
    }
    return true;
  }
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error("The program could not be ended", { cause });
}
