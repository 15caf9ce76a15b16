/**
 * From push to pull: a channel that producers fill and one consumer iterates, and the merge of several iterables.
 *
 * Invariant: what was accepted is delivered in order, before the end or the failure is; the buffer never holds more than
 * its capacity. Never drops a value silently: `tryPush` says no, `push` waits.
 */

import { abortReason } from "./deadline.ts";

export type ChannelOptions = {
  /** Values that may wait for the consumer; at least 1. */
  readonly capacity: number;
  /** Contract: an abort drops what is buffered and fails the channel with the signal's reason. */
  readonly signal?: AbortSignal;
};

type Waiting<T> = { readonly value: T; readonly settle: (accepted: boolean) => void };

/** Contract: one consumer. Leaving its loop early closes the channel, drops the buffer and answers waiting producers. */
export class Channel<T> implements AsyncIterableIterator<T, undefined> {
  readonly #capacity: number;
  readonly #signal: AbortSignal | undefined;
  readonly #buffer: T[] = [];
  readonly #producers: Waiting<T>[] = [];
  readonly #consumers: PromiseWithResolvers<IteratorResult<T, undefined>>[] = [];
  #isClosed = false;
  #error: Error | undefined;

  constructor({ capacity, signal }: ChannelOptions) {
    if (!(capacity >= 1)) throw new RangeError(`Channel capacity must be at least 1, not ${capacity}`);
    this.#capacity = capacity;
    this.#signal = signal;
    if (signal?.aborted) this.#abort();
    else signal?.addEventListener("abort", this.#abort);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Values buffered and not yet taken. */
  get size(): number {
    return this.#buffer.length;
  }

  /** Contract: never waits; `false` when the buffer is full or the channel is closed. */
  tryPush(value: T): boolean {
    if (this.#isClosed) return false;
    const consumer = this.#consumers.shift();
    if (consumer !== undefined) consumer.resolve({ done: false, value });
    else if (this.#buffer.length < this.#capacity) this.#buffer.push(value);
    else return false;
    return true;
  }

  /** Contract: resolves `true` once the value is buffered or handed over, `false` if the channel closed before that. */
  push(value: T): Promise<boolean> {
    // The buffer is full as long as a producer waits, so a late value cannot overtake a waiting one.
    if (this.#isClosed || this.tryPush(value)) return Promise.resolve(!this.#isClosed);
    return new Promise((settle) => this.#producers.push({ value, settle }));
  }

  /** Contract: no value is accepted from now on; the consumer gets what is buffered, then the end. Idempotent. */
  close(): void {
    this.#close(undefined);
  }

  /** As `close`, but the consumer's loop throws `error` after what is buffered. Whichever came first counts. */
  fail(error: Error): void {
    this.#close(error);
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#buffer.length > 0) return { done: false, value: this.#take() };
    if (this.#isClosed) return this.#end();
    const consumer = Promise.withResolvers<IteratorResult<T, undefined>>();
    this.#consumers.push(consumer);
    return await consumer.promise;
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#buffer.length = 0;
    this.#error = undefined;
    this.#close(undefined);
    this.#stopListening();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #take(): T {
    const value = this.#buffer.shift() as T; // The caller has seen that there is one; T may include undefined.
    const producer = this.#producers.shift();
    if (producer !== undefined) {
      this.#buffer.push(producer.value);
      producer.settle(true);
    }
    if (this.#isClosed && this.#buffer.length === 0) this.#stopListening();
    return value;
  }

  #close(error: Error | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#error = error;
    for (const producer of this.#producers.splice(0)) producer.settle(false);
    if (this.#buffer.length === 0) this.#stopListening();
    for (const consumer of this.#consumers.splice(0)) {
      try {
        consumer.resolve(this.#end());
      } catch (failure) {
        consumer.reject(failure); // `#end` throws nothing but the error the channel was given.
      }
    }
  }

  /** A failure is told once; after that the iterator is simply at its end, as a generator would be. */
  #end(): IteratorReturnResult<undefined> {
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) throw error;
    return { done: true, value: undefined };
  }

  readonly #abort = (): void => {
    if (this.#signal === undefined) return;
    this.#buffer.length = 0;
    if (this.#isClosed) this.#error ??= abortReason(this.#signal);
    else this.#close(abortReason(this.#signal));
    this.#stopListening();
  };

  #stopListening(): void {
    this.#signal?.removeEventListener("abort", this.#abort);
  }
}

/**
 * The values of all sources as they come, at most one value per source ahead of the consumer. Ends when all have ended;
 * fails as soon as one fails.
 *
 * Contract: leaving early, or a failure, calls `return` on every source and waits for it. A source that may be stuck in
 * its `next` needs a signal of its own, because a generator cannot be returned from outside while it waits.
 */
export async function* merge<T>(sources: readonly AsyncIterable<T>[]): AsyncGenerator<T, undefined> {
  const channel = new Channel<T>({ capacity: Math.max(1, sources.length) });
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const pumped = Promise.all(iterators.map((iterator) => pump(iterator, channel))).then(() => channel.close());
  try {
    yield* channel;
  } finally {
    await channel.return();
    await Promise.all(iterators.map(async (iterator) => await iterator.return?.()));
    await pumped;
  }
}

async function pump<T>(from: AsyncIterator<T, unknown>, into: Channel<T>): Promise<void> {
  try {
    for (;;) {
      const result = await from.next();
      if (result.done === true || !(await into.push(result.value))) return;
    }
  } catch (error) {
    into.fail(error instanceof Error ? error : new Error("Merged source failed", { cause: error }));
  }
}
