/**
 * Opens a conversation with an agent that was just started: introduced, signed in, loaded or made anew, mode and model
 * chosen. What a loaded conversation replays is waited out and not heard: the log has it.
 */
import type { McpServerInput, SpawnedInput } from "../../core/ports/harness.ts";
import { sleep } from "../../lib/deadline.ts";
import type { HeldTree } from "../../lib/held-names.ts";
import { AgentFault } from "./agent-fault.ts";
import type { ProcessStart } from "./agent-process.ts";
import type { AgentRow } from "./agents-table.ts";
import type { Connection } from "./connection.ts";
import { listOf, objectOf, textOf } from "./json-read.ts";
import type { JsonObject } from "./json-read.ts";
import type { AcpTimes } from "./options.ts";
import { chooseMode, chooseModel } from "./session-settings.ts";
import type { Choice } from "./session-settings.ts";

export interface OpenParts {
  readonly start: ProcessStart;
  /** As people know it: not the sandbox that it runs in. */
  readonly program: string;
  readonly spawned: SpawnedInput;
  readonly row: AgentRow | null;
  readonly isolation: "bubblewrap" | "none";
  /** What its sandbox keeps as it is; nothing without one. */
  readonly held: Pick<HeldTree, "unheld" | "isWhole"> | null;
  readonly times: AcpTimes;
  readonly warn: (message: string) => void;
}

const PROTOCOL_VERSION = 1;
const LONGEST_SETTLE_MS = 2_000;

export interface Opened {
  readonly id: string;
  readonly isLoaded: boolean;
  readonly canSeeImages: boolean;
  /** The agent's name and version. */
  readonly info: JsonObject;
  /** To `session/new` or `session/load`. */
  readonly answer: JsonObject;
}

export class Opening {
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
