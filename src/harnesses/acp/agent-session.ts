/**
 * A conversation with an agent's program: started, opened, and then asked one prompt after the other.
 *
 *   start ─▶ initialize ─▶ (authenticate) ─▶ session/load │ session/new ─▶ mode, model ─▶ prompt … prompt ─▶ end
 */
import { relative } from "node:path";
import type { Usage } from "../../core/events/content.ts";
import type { EventData } from "../../core/events/envelope.ts";
import { sleep } from "../../lib/deadline.ts";
import { AgentProcess } from "./agent-process.ts";
import type { Exit } from "./agent-process.ts";
import { AgentUsage } from "./agent-usage.ts";
import { Connection } from "./connection.ts";
import type { Inbox } from "./inbox.ts";
import { textOf } from "./json-read.ts";
import type { JsonObject } from "./json-read.ts";
import { Opening } from "./opening.ts";
import type { Opened, OpenParts } from "./opening.ts";
import type { PromptBlock } from "./prompt.ts";
import { currentModel } from "./session-settings.ts";

interface Ready {
  readonly process: AgentProcess;
  readonly connection: Connection;
  readonly opened: Opened;
}

export class AgentSession {
  readonly usage = new AgentUsage();
  /** Messages that it was given, and whether any. */
  readonly given = new Set<string>();
  /** Tools that a person has allowed for longer than once. */
  readonly allowed = new Set<string>();
  /** Its end is in the log, or was told to whoever wants to know. */
  isExitSaid = false;
  readonly started: EventData<"process.started">;
  readonly model: string;
  readonly canSeeImages: boolean;
  readonly #parts: OpenParts;
  readonly #process: AgentProcess;
  readonly #connection: Connection;
  readonly #opened: Opened;
  #afterStart = 0;
  #prompting: Promise<void> | null = null;
  /** The answer to a prompt, until it is said what that has used. */
  #untold: JsonObject | null = null;

  private constructor(parts: OpenParts, { process, connection, opened }: Ready) {
    this.#parts = parts;
    this.#process = process;
    this.#connection = connection;
    this.#opened = opened;
    const { info, answer, id } = opened;
    const version = textOf(info["version"]);
    this.started = {
      pid: process.pid,
      program: parts.program,
      ...(version === undefined ? {} : { version }),
      agent_session_id: id,
      isolation: parts.isolation,
      ...unprotectedIn(parts),
      resumed: opened.isLoaded,
    };
    this.model = parts.spawned.model ?? currentModel(answer) ?? textOf(info["name"]) ?? parts.spawned.harness;
    this.canSeeImages = opened.canSeeImages;
  }

  /** Errors: `AgentFault`; then nothing is left running. */
  static async open(parts: OpenParts, signal: AbortSignal): Promise<AgentSession> {
    const program = await AgentProcess.start(parts.start);
    const connection = new Connection(program, parts.spawned.folder);
    const giveUp = () => void program.end("The turn was cancelled").catch(String);
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    try {
      const opened = await new Opening(parts, connection).open();
      const session = new AgentSession(parts, { process: program, connection, opened });
      session.#afterStart = await program.afterNewest();
      return session;
    } catch (cause) {
      connection.close();
      await program.end("The agent could not be set up");
      throw cause;
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  get inbox(): Inbox {
    return this.#connection.inbox;
  }

  /** Nothing while the program runs. */
  get exit(): Exit | null {
    return this.#process.exit;
  }

  get exited(): Promise<Exit> {
    return this.#process.exited;
  }

  get isUsable(): boolean {
    return this.exit === null && !this.#connection.isClosed;
  }

  /** What its sandbox protects was not replaced from outside, with which its protection would be gone. */
  async isConfined(): Promise<boolean> {
    return (await this.#parts.held?.isWhole()) ?? true;
  }

  /** One at a time. Errors: `AgentFault`. */
  async prompt(blocks: readonly PromptBlock[]): Promise<JsonObject> {
    if (this.#prompting !== null) throw new Error("A prompt is asked while another one is not answered");
    this.inbox.open();
    const answered = this.#connection.request("session/prompt", { sessionId: this.#opened.id, prompt: blocks }, null);
    this.#untold = null;
    this.#prompting = answered.then(
      (answer) => this.#quiet(answer),
      () => this.#quiet(null),
    );
    return answered;
  }

  /** After the last word of a prompt was taken. */
  hearNoMore(): void {
    this.inbox.close();
  }

  /**
   * Stops the prompt that runs: its questions are withdrawn, the agent is told, and what it has started for the prompt
   * is ended. An agent that does not stop in time is ended itself. Never rejects.
   */
  async cancel(): Promise<void> {
    this.#connection.withdraw();
    this.inbox.close();
    const { cancelMs } = this.#parts.times;
    await this.#connection.notify("session/cancel", { sessionId: this.#opened.id });
    const waiting = new AbortController();
    const late = sleep(cancelMs, waiting.signal).then(
      () => "late",
      () => "",
    );
    const how = await Promise.race([this.#prompting ?? Promise.resolve(), late]);
    waiting.abort();
    if (how === "late") return this.end("The agent did not stop when its turn was cancelled, and was ended", 0);
    await this.#process.endSince(this.#afterStart).catch((cause: unknown) => this.#parts.warn(String(cause)));
  }

  /** A tool is at work. */
  noteProcesses(): void {
    this.#process.note();
  }

  /** What the answered prompt has used; nothing where the agent tells nothing, or it was asked before. */
  tellUsage(): Usage | null {
    const answer = this.#untold;
    this.#untold = null;
    return answer === null ? null : this.usage.ofPrompt(answer);
  }

  /** Once a turn is over: stops what is still being asked. Says what that had used all the same. Never rejects. */
  async settle(): Promise<Usage | null> {
    if (this.#prompting === null) this.inbox.close();
    else await this.cancel();
    return this.tellUsage();
  }

  /** Never rejects. */
  async end(reason: string, graceMs = this.#parts.times.graceMs): Promise<void> {
    this.#connection.withdraw();
    this.inbox.close();
    try {
      await this.#process.end(reason, graceMs);
    } catch (cause) {
      this.#parts.warn(String(cause));
    }
    this.#connection.close();
  }

  #quiet(answer: JsonObject | null): void {
    this.#prompting = null;
    this.#untold = answer;
  }
}

/** Below the checkout, as people know them. */
function unprotectedIn({ held, spawned }: OpenParts): { readonly unprotected?: string[] } {
  if (held === null || held.unheld.length === 0) return {};
  return { unprotected: held.unheld.map((path) => relative(spawned.folder, path)) };
}
