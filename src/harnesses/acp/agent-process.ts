/**
 * An agent's program: started in a session of its own with a mark in its environment, its standard error drained to the
 * log and its end kept as a sentence.
 *
 * Invariant: once `end` has resolved, nothing that it started is left, groups of their own and orphans included.
 */
import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { EventData } from "../../core/events/envelope.ts";
import { sleep } from "../../lib/deadline.ts";
import { readLines } from "../../lib/line-reader.ts";
import type { ProcessMark } from "../../lib/process-table.ts";
import { ProcessTree } from "../../lib/process-tree.ts";
import { AgentFault, cut } from "./agent-fault.ts";

export interface ProcessStart {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly mark: ProcessMark;
  /** Contract: never throws. */
  readonly onComplaint: (line: string) => void;
  /** Called once nothing of it runs any more; also if it could not be started. */
  readonly onGone?: () => Promise<void>;
}

export type Exit = EventData<"process.exited">;

const MAX_COMPLAINT_BYTES = 2_000;
const KEPT_COMPLAINTS = 5;
const LAST_WORDS_MS = 50;
/** A look costs some 5 ms: every process of the machine is read. */
const NOTE_AFTER_MS = 150;
const NOTE_PAUSE_MS = 2_000;
/** Lines that reach the log, for the whole life of a program; the rest is read and dropped. */
const MAX_COMPLAINTS = 1_000;

export class AgentProcess {
  readonly pid: number;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #tree: ProcessTree;
  readonly #complaints: string[] = [];
  readonly #exited = Promise.withResolvers<Exit>();
  #exit: Exit | null = null;
  #reason: string | null = null;
  #ending: Promise<void> | undefined;
  #noting: NodeJS.Timeout | undefined;
  readonly #onComplaint: (cause: unknown) => void;
  readonly #onGone: () => Promise<void>;

  private constructor(child: ChildProcessByStdio<Writable, Readable, Readable>, pid: number, start: ProcessStart) {
    this.#child = child;
    this.pid = pid;
    this.#tree = new ProcessTree({ pid, mark: start.mark });
    this.#onComplaint = (cause) => start.onComplaint(String(cause));
    this.#onGone = start.onGone ?? (() => Promise.resolve());
    child.on("error", () => undefined);
    child.stdin.on("error", () => child.stdin.destroy());
    const drained = this.#drain(start.onComplaint);
    child.once("exit", (code, signal) => {
      // Its last words may still be on their way; what it left running may hold the stream open for ever.
      const heard = Promise.race([drained, sleep(LAST_WORDS_MS)]);
      const failed = (cause: unknown) => start.onComplaint(String(cause));
      heard.then(() => this.#onExit(code, signal)).catch(failed);
      this.end("The agent's program ended").catch(failed);
    });
  }

  /** Errors: `AgentFault`. */
  static async start(start: ProcessStart): Promise<AgentProcess> {
    const { command, args, env, folder } = start;
    const child = spawn(command, args, {
      cwd: folder,
      env,
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      windowsHide: true,
    });
    const spawned = Promise.withResolvers<void>();
    child.once("spawn", () => spawned.resolve());
    child.once("error", (cause) => spawned.reject(cause));
    try {
      await spawned.promise;
    } catch (cause) {
      await start.onGone?.();
      throw new AgentFault("agent_not_started", `The agent could not be started: ${cut(String(cause))}`, { cause });
    }
    return new AgentProcess(child, child.pid ?? 0, start); // A spawned child has a number.
  }

  get input(): Writable {
    return this.#child.stdin;
  }

  get output(): Readable {
    return this.#child.stdout;
  }

  /** Nothing while it runs. */
  get exit(): Exit | null {
    return this.#exit;
  }

  get exited(): Promise<Exit> {
    return this.#exited.promise;
  }

  /** What it wrote to its standard error last. */
  get complaints(): string {
    return cut(this.#complaints.join("\n"));
  }

  /** Ends it and everything it started; `reason` is what is said of it, unless it had ended before. */
  end(reason: string, graceMs = 0): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#reason ??= reason;
    this.#ending ??= this.#end(graceMs);
    return this.#ending;
  }

  /** For `endSince`: later than the start of all that runs now. */
  async afterNewest(): Promise<number> {
    return Math.max(0, ...(await this.#tree.members()).map(({ startedAt }) => startedAt)) + 1;
  }

  /**
   * Looks soon at what it has started, so that a child that leaves it and cleans its environment is known when its
   * parent is gone. At most once in a while, however often it is asked for.
   */
  note(): void {
    if (this.#noting !== undefined || this.#exit !== null) return;
    this.#noting = setTimeout(() => {
      this.#tree.members().catch(this.#onComplaint);
      this.#noting = setTimeout(() => (this.#noting = undefined), NOTE_PAUSE_MS).unref();
    }, NOTE_AFTER_MS).unref();
  }

  /** Ends what it has started since then and what still runs; the program itself stays. */
  async endSince(start: number): Promise<void> {
    if (this.#exit === null) await this.#tree.end({ sinceStart: start });
  }

  async #end(graceMs: number): Promise<void> {
    // Known before the end, what is orphaned by it is found afterwards.
    await this.#tree.members();
    this.#child.stdin.end();
    if (graceMs > 0 && this.#exit === null) {
      const waiting = new AbortController();
      await Promise.race([this.#exited.promise, sleep(graceMs, waiting.signal).catch(() => undefined)]);
      waiting.abort();
    }
    const left = await this.#tree.end();
    if (left.length > 0) throw new Error(`Cannot end the processes ${left.join(", ")} of an agent`);
    await this.#onGone();
    await this.#exited.promise;
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null): void {
    const how = code === null ? `was ended by ${signal ?? "a signal"}` : `ended with code ${code}`;
    const last = this.complaints;
    const reason = this.#reason ?? `The agent's program ${how}${last === "" ? "" : `: ${last}`}`;
    this.#exit = { ...(code === null ? {} : { exit_code: code }), ...(signal === null ? {} : { signal }), reason };
    this.#exited.resolve(this.#exit);
  }

  async #drain(onComplaint: ProcessStart["onComplaint"]): Promise<void> {
    let count = 0;
    try {
      for await (const { text } of readLines(this.#child.stderr, { maxLineBytes: MAX_COMPLAINT_BYTES })) {
        if (text.trim() === "") continue;
        this.#complaints.push(text);
        if (this.#complaints.length > KEPT_COMPLAINTS) this.#complaints.shift();
        if (++count <= MAX_COMPLAINTS) onComplaint(text);
      }
    } catch (cause) {
      onComplaint(`Its standard error cannot be read: ${String(cause)}`);
    }
  }
}
