/**
 * What an agent says, waiting for the run that commits it. Text that follows text of the same kind joins it, so that an
 * agent that says a great deal in small pieces costs what the text costs. Closed between prompts: what comes then is
 * for nobody (a replay of what the log has, a word after the end).
 *
 * Contract: one reader.
 */
import type { JsonObject } from "./json-read.ts";
import { objectOf, textOf } from "./json-read.ts";

export type Incoming =
  | { readonly kind: "text" | "thinking"; readonly text: string }
  | { readonly kind: "update"; readonly update: JsonObject }
  | { readonly kind: "permission"; readonly permission: Permission }
  | {
      readonly kind: "refused_file";
      readonly operation: "read" | "write";
      readonly path: string;
      readonly why: string;
    };

/** A question of the agent. */
export interface Permission {
  readonly toolCall: JsonObject;
  readonly options: readonly PermissionChoice[];
  /** Nothing: the question is withdrawn. Only the first answer counts. */
  readonly answer: (optionId: string | null) => void;
}

export interface PermissionChoice {
  readonly optionId: string;
  readonly kind: string;
  readonly name: string;
}

const MAX_WAITING = 256;
const MAX_WAITING_TEXT = 256 * 1024;

export class Inbox {
  #waiting: Incoming[] = [];
  #textLength = 0;
  #isOpen = false;
  #lastAt = 0;
  #grown = Promise.withResolvers<void>();
  #room = Promise.withResolvers<void>();

  /** Of the last word, open or not; by the monotonic clock. */
  get lastAt(): number {
    return this.#lastAt;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  open(): void {
    this.#isOpen = true;
  }

  /** Drops what waits. */
  close(): void {
    this.#isOpen = false;
    this.#waiting = [];
    this.#makeRoom();
  }

  put(incoming: Incoming): void {
    this.#lastAt = performance.now();
    if (!this.#isOpen) return;
    this.#add(incoming);
    this.#grown.resolve();
  }

  /** As an agent sends it. A promise: there is too much, and it resolves when there is not any more. */
  putUpdate(raw: unknown): Promise<void> | undefined {
    const update = objectOf(raw);
    const kind = CHUNKS.get(String(update["sessionUpdate"]));
    if (kind === undefined) {
      this.put({ kind: "update", update });
      return this.#crowd();
    }
    const text = textOf(objectOf(update["content"])["text"]) ?? "";
    // Some agents send empty pieces to say that they live.
    if (text === "") this.#lastAt = performance.now();
    else this.put({ kind, text });
    return this.#crowd();
  }

  take(): readonly Incoming[] {
    const taken = this.#waiting;
    this.#waiting = [];
    this.#makeRoom();
    this.#grown = Promise.withResolvers();
    return taken;
  }

  /** Resolves when there is something to take. */
  grown(): Promise<void> {
    return this.#waiting.length > 0 ? Promise.resolve() : this.#grown.promise;
  }

  #crowd(): Promise<void> | undefined {
    return this.#waiting.length > MAX_WAITING || this.#textLength > MAX_WAITING_TEXT ? this.#room.promise : undefined;
  }

  #add(incoming: Incoming): void {
    const last = this.#waiting.at(-1);
    const isText = incoming.kind === "text" || incoming.kind === "thinking";
    if (isText) this.#textLength += incoming.text.length;
    if (isText && last !== undefined && last.kind === incoming.kind) {
      this.#waiting[this.#waiting.length - 1] = { kind: incoming.kind, text: last.text + incoming.text };
    } else this.#waiting.push(incoming);
  }

  #makeRoom(): void {
    this.#textLength = 0;
    this.#room.resolve();
    this.#room = Promise.withResolvers();
  }
}

const CHUNKS: ReadonlyMap<string, "text" | "thinking"> = new Map([
  ["agent_message_chunk", "text"],
  ["agent_thought_chunk", "thinking"],
]);
