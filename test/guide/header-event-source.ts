/**
 * An EventSource that takes headers, which the browser's does not. Else as the standard has it: it comes back after
 * `retry:` with the last id until it is closed, and never after a status that is not 200.
 */
import { createParser } from "eventsource-parser";
import type { EventSourceMessage } from "eventsource-parser";

export interface HeaderEventSourceInit {
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a browser hands to listeners, as far as the guide reads it. */
interface ServerEvent extends Event {
  readonly data: string;
  readonly lastEventId: string;
}

export class EventSource {
  readonly #target = new EventTarget();
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #closing = new AbortController();
  #lastId = "";
  #retryMs = 1_000;

  constructor(url: string, { headers = {} }: HeaderEventSourceInit = {}) {
    this.#url = url;
    this.#headers = headers;
    this.#run().catch((error: unknown) => {
      if (!this.#closing.signal.aborted) this.#target.dispatchEvent(new ErrorEvent(error));
    });
  }

  addEventListener(type: string, listener: (event: ServerEvent) => void): void {
    // What is dispatched under a type of the server's is such an event.
    this.#target.addEventListener(type, listener as (event: Event) => void);
  }

  close(): void {
    this.#closing.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.#readOnce(signal);
      await new Promise((resolve) => setTimeout(resolve, this.#retryMs));
    }
  }

  async #readOnce(signal: AbortSignal): Promise<void> {
    const resume = this.#lastId === "" ? {} : { "Last-Event-ID": this.#lastId };
    const response = await fetch(this.#url, { headers: { ...this.#headers, ...resume }, signal });
    if (response.status !== 200) throw new Error(`${this.#url} was answered ${response.status}`);
    const parser = createParser({
      onEvent: (event) => this.#take(event),
      onRetry: (retryMs) => (this.#retryMs = retryMs),
    });
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk, { stream: true }));
  }

  #take({ id, event = "message", data }: EventSourceMessage): void {
    this.#lastId = id ?? this.#lastId;
    if (!this.#closing.signal.aborted)
      this.#target.dispatchEvent(new MessageEvent(event, { data, lastEventId: this.#lastId }));
  }
}

class ErrorEvent extends Event {
  readonly error: unknown;

  constructor(error: unknown) {
    super("error");
    this.error = error;
  }
}
