/**
 * The output of a program that may say anything for any time: beginning and end are kept, what lies between is counted.
 *
 * Invariant: memory is bounded by twice the room, whatever comes; what is shown is well formed and fits the room as JSON
 * text. A character that is cut by two pieces of bytes is put together again.
 */
import { fitJsonBytes, jsonBytes } from "./json-size.ts";

export interface ShownParts {
  readonly head: string;
  readonly omittedChars: number;
  readonly tail: string;
}

export class KeptOutput {
  readonly #room: number;
  readonly #decoder = new TextDecoder();
  #head = "";
  #tail = "";
  #chars = 0;

  /** @param maxBytes that what is shown may take */
  constructor(maxBytes: number) {
    this.#room = maxBytes;
  }

  /** The text that has come by it. */
  add(bytes: Uint8Array): string {
    return this.#take(this.#decoder.decode(bytes, { stream: true }));
  }

  end(): string {
    return this.#take(this.#decoder.decode());
  }

  #take(text: string): string {
    this.#chars += text.length;
    const free = this.#room - this.#head.length;
    this.#head += text.slice(0, Math.max(0, free));
    // Longer for a while: a slice for each piece would copy the whole each time.
    this.#tail += text.slice(Math.max(0, free));
    if (this.#tail.length > this.#room * 2) this.#tail = this.#tail.slice(-this.#room);
    return text;
  }

  shown(): ShownParts {
    const whole = (this.#head + this.#tail).toWellFormed();
    if (whole.length === this.#chars && jsonBytes(whole) <= this.#room)
      return { head: whole, omittedChars: 0, tail: "" };
    const head = fitJsonBytes(this.#head.toWellFormed(), this.#room / 2);
    const rest = (this.#head.slice(head.length) + this.#tail).toWellFormed();
    const tail = fitJsonBytes(rest, this.#room - jsonBytes(head), "tail");
    return { head, omittedChars: this.#chars - head.length - tail.length, tail };
  }
}
