/**
 * A conversation with an agent's program: started, introduced, opened anew or loaded, set up, and then asked one prompt
 * after the other. What a loaded conversation replays is not heard: the log has it.
 *
 *   start ─▶ initialize ─▶ (authenticate) ─▶ session/load │ session/new ─▶ mode, model ─▶ prompt … prompt ─▶ end
 */
import type { EventData } from "../../core/events/envelope.ts";
import type { McpServerInput, SpawnedInput } from "../../core/ports/harness.ts";
import { sleep } from "../../lib/deadline.ts";
import { AgentFault } from "./agent-fault.ts";
import { AgentProcess } from "./agent-process.ts";
import type { Exit, ProcessStart } from "./agent-process.ts";
import { AgentUsage } from "./agent-usage.ts";
import type { AgentRow } from "./agents-table.ts";
import { Connection } from "./connection.ts";
import type { Inbox } from "./inbox.ts";
import { listOf, objectOf, textOf } from "./json-read.ts";
import type { JsonObject } from "./json-read.ts";
import type { AcpTimes } from "./options.ts";
import type { PromptBlock } from "./prompt.ts";
import { chooseMode, chooseModel, currentModel } from "./session-settings.ts";
import type { Choice } from "./session-settings.ts";

export interface OpenParts {
  readonly start: ProcessStart;
  /** As people know it: not the sandbox that it runs in. */
  readonly program: string;
  readonly spawned: SpawnedInput;
  readonly row: AgentRow | null;
  readonly isolation: "bubblewrap" | "none";
  readonly times: AcpTimes;
  readonly warn: (message: string) => void;
}

const PROTOCOL_VERSION = 1;
const LONGEST_SETTLE_MS = 2_000;

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

  /** One at a time. Errors: `AgentFault`. */
  async prompt(blocks: readonly PromptBlock[]): Promise<JsonObject> {
    if (this.#prompting !== null) throw new Error("A prompt is asked while another one is not answered");
    this.inbox.open();
    const answered = this.#connection.request("session/prompt", { sessionId: this.#opened.id, prompt: blocks }, null);
    this.#prompting = answered.then(
      () => this.#quiet(),
      () => this.#quiet(),
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

  /** Once a turn is over: stops what is still being asked. Never rejects. */
  settle(): Promise<void> {
    if (this.#prompting !== null) return this.cancel();
    this.inbox.close();
    return Promise.resolve();
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

  #quiet(): void {
    this.#prompting = null;
  }
}

interface Ready {
  readonly process: AgentProcess;
  readonly connection: Connection;
  readonly opened: Opened;
}

interface Opened {
  readonly id: string;
  readonly isLoaded: boolean;
  readonly canSeeImages: boolean;
  /** The agent's name and version. */
  readonly info: JsonObject;
  /** To `session/new` or `session/load`. */
  readonly answer: JsonObject;
}

class Opening {
  readonly #parts: OpenParts;
  readonly #connection: Connection;

  constructor(parts: OpenParts, connection: Connection) {
    this.#parts = parts;
    this.#connection = connection;
  }

  async open(): Promise<Opened> {
    const hello = await this.#initialize();
    await this.#authenticate(hello);
    const capabilities = objectOf(hello["agentCapabilities"]);
    const can = {
      load: capabilities["loadSession"] === true,
      images: objectOf(capabilities["promptCapabilities"])["image"] === true,
      mcp: objectOf(capabilities["mcpCapabilities"])["http"] === true,
    };
    const place = { cwd: this.#parts.spawned.folder, mcpServers: this.#mcpServers(can.mcp) };
    const conversation = (can.load ? await this.#load(place) : null) ?? (await this.#make(place));
    await this.#choose(conversation.id, conversation.answer);
    return { ...conversation, canSeeImages: can.images, info: objectOf(hello["agentInfo"]) };
  }

  #request(method: string, params: unknown): Promise<JsonObject> {
    return this.#connection.request(method, params, this.#parts.times.requestMs);
  }

  #initialize(): Promise<JsonObject> {
    const params = {
      protocolVersion: PROTOCOL_VERSION,
      // Files and terminals are the agent's own business: it works in the checkout itself.
      clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
      clientInfo: { name: "serai", version: "1" },
    };
    return this.#connection.request("initialize", params, this.#parts.times.startMs);
  }

  /** Only with a key that was given; an agent with a sign-in of its own needs no word from us. */
  async #authenticate(hello: JsonObject): Promise<void> {
    const { row, start } = this.#parts;
    const offered = new Set(listOf(hello["authMethods"]).map((each) => textOf(objectOf(each)["id"])));
    const chosen = row?.authentication.find(
      ({ key, methodId }) => start.env[key] !== undefined && offered.has(methodId),
    );
    if (chosen !== undefined) await this.#request("authenticate", { methodId: chosen.methodId });
  }

  #mcpServers(canHttp: boolean): readonly unknown[] {
    const { mcpServers } = this.#parts.spawned;
    if (!canHttp && mcpServers.length > 0)
      this.#parts.warn("The agent takes no MCP servers over HTTP; it works without");
    return canHttp ? mcpServers.map(mcpServer) : [];
  }

  /** Nothing when there is none to load, or the agent does not know it any more. */
  async #load(place: object): Promise<Pick<Opened, "id" | "isLoaded" | "answer"> | null> {
    const { resume: id } = this.#parts.spawned;
    if (id === null) return null;
    try {
      const answer = await this.#request("session/load", { ...place, sessionId: id });
      await this.#settle();
      return { id, isLoaded: true, answer };
    } catch (cause) {
      // Agents say in many ways that they do not know it; one that is gone or deaf does not say so.
      if (!(cause instanceof AgentFault) || cause.code !== "agent_error") throw cause;
      this.#parts.warn(`The agent does not remember the conversation: ${cause.message}`);
      return null;
    }
  }

  async #make(place: object): Promise<Pick<Opened, "id" | "isLoaded" | "answer">> {
    const answer = await this.#request("session/new", place);
    const id = textOf(answer["sessionId"]);
    if (id === undefined) throw new AgentFault("agent_protocol", "The agent gave its conversation no id");
    return { id, isLoaded: false, answer };
  }

  /** Some go on replaying after they have answered. */
  async #settle(): Promise<void> {
    const { settleMs } = this.#parts.times;
    const { inbox } = this.#connection;
    const until = performance.now() + LONGEST_SETTLE_MS;
    const since = performance.now();
    for (;;) {
      const quietFor = performance.now() - Math.max(inbox.lastAt, since);
      if (quietFor >= settleMs || performance.now() > until) return;
      await sleep(Math.max(1, settleMs - quietFor));
    }
  }

  async #choose(sessionId: string, answer: JsonObject): Promise<void> {
    const { row, spawned } = this.#parts;
    const mode = row?.mode ?? null;
    const choices: (Choice | null)[] = [
      mode === null ? null : chooseMode(answer, mode),
      spawned.model === null ? null : chooseModel(answer, spawned.model),
    ];
    for (const choice of choices) {
      if (choice !== null) await this.#request(choice.method, { sessionId, ...choice.params });
    }
  }
}

function mcpServer({ name, url, headers }: McpServerInput): unknown {
  return { type: "http", name, url, headers: Object.entries(headers).map(([key, value]) => ({ name: key, value })) };
}
