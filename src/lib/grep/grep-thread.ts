/**
 * One searching thread, seen from outside: asks and their replies, one at a time.
 *
 * Invariant: once `isDead`, it is never asked again; every ask is settled, also when the thread dies. An idle thread does
 * not keep the process alive.
 */
import { Worker } from "node:worker_threads";

import { threadEnvironment } from "../threads/thread-environment.ts";
import type { Ask, Reply } from "./messages.ts";

/** Guards the process, not the search: no pattern and no file within the limits comes near it. */
const HEAP_MB = 512;

export class GrepThread {
  readonly #worker: Worker;
  #waiting: PromiseWithResolvers<Reply> | null = null;
  #isDead = false;

  constructor() {
    // Sources run as they are, the built package has JavaScript beside it.
    const url = new URL(import.meta.url.endsWith(".ts") ? "./grep-worker.ts" : "./grep-worker.js", import.meta.url);
    this.#worker = new Worker(url, {
      // Flags of the process that concern its own entry would concern this one.
      execArgv: [],
      env: threadEnvironment(),
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    this.#worker.unref();
    this.#worker.on("message", (reply: Reply) => this.#settle()?.resolve(reply));
    this.#worker.on("error", (cause) => this.#die(new Error("The searching thread failed", { cause })));
    this.#worker.on("exit", (code) => this.#die(new Error(`The searching thread ended with code ${code}`)));
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Contract: one at a time. Rejects only when the thread dies. */
  ask(ask: Ask): Promise<Reply> {
    if (this.#isDead) return Promise.reject(new Error("The searching thread has ended"));
    this.#waiting = Promise.withResolvers<Reply>();
    this.#worker.ref();
    this.#worker.postMessage(ask);
    return this.#waiting.promise;
  }

  async end(): Promise<void> {
    this.#isDead = true;
    await this.#worker.terminate();
  }

  #settle(): PromiseWithResolvers<Reply> | null {
    const waiting = this.#waiting;
    this.#waiting = null;
    this.#worker.unref();
    return waiting;
  }

  #die(fault: Error): void {
    this.#isDead = true;
    this.#settle()?.reject(fault);
  }
}
