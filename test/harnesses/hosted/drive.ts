/**
 * The smallest app that a harness can run in: commits the facts of each item into a fold before it asks for the next,
 * as `app/run-turn` does, and checks on the way what a store would check: that every fact is of its schema and small
 * enough. No store, no clock but the machine's.
 */
import { randomBytes } from "node:crypto";
import { Changes } from "../../../src/app/changes.ts";
import { emptyConversation, extendConversation } from "../../../src/core/conversation.ts";
import type { Conversation } from "../../../src/core/conversation.ts";
import { endTurn } from "../../../src/core/decide/end-turn.ts";
import { draft, turnContext } from "../../../src/core/decide/plan.ts";
import type { DecideInput } from "../../../src/core/decide/plan.ts";
import { startTurnDrafts } from "../../../src/core/decide/start-turn.ts";
import type { Message, MessageControls, Usage } from "../../../src/core/events/content.ts";
import { encodeDraft, eventSchemas, maxEventBytes, parseLine } from "../../../src/core/events/envelope.ts";
import type {
  EventContext,
  EventData,
  EventDraft,
  EventType,
  Fact,
  KnownEvent,
} from "../../../src/core/events/envelope.ts";
import { foldEvents } from "../../../src/core/fold.ts";
import { formatId } from "../../../src/core/ids.ts";
import type { MintId, SessionId } from "../../../src/core/ids.ts";
import type {
  AdmitCall,
  Harness,
  HarnessItem,
  Hint,
  SpawnedInput,
  TurnInput,
} from "../../../src/core/ports/harness.ts";
import type { ModelAccess } from "../../../src/core/ports/model.ts";
import type { ToolSet } from "../../../src/core/ports/tools.ts";
import { initialState } from "../../../src/core/state.ts";
import type { SessionState, TurnState } from "../../../src/core/state.ts";
import { addUsage } from "../../../src/core/usage.ts";
import { makeHostedHarness } from "../../../src/harnesses/hosted/harness.ts";
import type { HostedOptions } from "../../../src/harnesses/hosted/harness.ts";

export const mint: MintId = (kind) => formatId(kind, Date.now(), randomBytes(16).toString("hex"));

type OneOf<T extends EventType> = Extract<KnownEvent, { type: T }>;

/** One session with a turn that is to be carried out; `copy` is what another node would read of it. */
export class Log {
  readonly sessionId: SessionId = mint("session");
  readonly events: KnownEvent[] = [];
  state: SessionState = initialState;
  conversation: Conversation = emptyConversation;
  readonly changes = new Changes();
  readonly #input: DecideInput = { mint, runner: null, agentId: null };

  static begin(content: string | Message["content"], controls?: MessageControls): Log {
    const log = new Log();
    log.say(content, controls);
    return log;
  }

  get turn(): TurnState {
    if (this.state.turn === null) throw new Error("The session has no turn");
    return this.state.turn;
  }

  /** Of all model calls of the session. */
  get turnUsage(): Usage {
    const none: Usage = { input_tokens: 0, output_tokens: 0 };
    return this.all("llm.generation").reduce((sum, { data }) => addUsage(sum, data.metadata.usage), none);
  }

  get types(): readonly EventType[] {
    return this.events.map(({ type }) => type);
  }

  all<T extends EventType>(type: T): readonly OneOf<T>[] {
    return this.events.filter((event): event is OneOf<T> => event.type === type);
  }

  last<T extends EventType>(type: T): EventData<T> {
    const event = this.all(type).at(-1);
    if (event === undefined) throw new Error(`No ${type} in ${this.types.join(" ")}`);
    // Type and data of an event belong together; TypeScript cannot follow that through a type parameter.
    return event.data as EventData<T>;
  }

  /** A message of the user: begins a turn, or steers the one that runs. */
  say(content: string | Message["content"], controls?: MessageControls): void {
    const parts = typeof content === "string" ? [{ type: "text" as const, text: content }] : content;
    const message: Message = {
      id: mint("message"),
      role: "user",
      content: parts,
      ...(controls === undefined ? {} : { controls }),
    };
    if (this.state.turn === null) this.append(startTurnDrafts({ message, isFromQueue: false }, this.#input));
    else this.append([draft(mint, turnContext(this.turn), { type: "input.message", data: { message } })]);
  }

  commit(facts: readonly Fact[]): void {
    let context: EventContext = turnContext(this.turn);
    const drafts = facts.map((fact) => {
      if (fact.type === "reason.started") context = { ...context, exec_id: mint("exec") };
      return draft(mint, context, fact);
    });
    this.append(drafts);
  }

  end({ facts, next }: Extract<HarnessItem, { kind: "facts" }>): void {
    this.commit(facts);
    if (next.kind !== "ends") throw new Error("Only an end ends");
    // A turn does not end over what nobody has read.
    if (next.end.kind === "completed" && this.turn.unreadCount > 0) return;
    const plan = endTurn(
      { ...this.state, turn: this.turn },
      { end: next.end, before: [] },
      {
        ...this.#input,
        nowMs: Date.now(),
        next: null,
      },
    );
    this.append(plan.events);
  }

  append(drafts: readonly EventDraft[]): void {
    const events = drafts.map((each) => {
      eventSchemas[each.type].parse(each.data);
      const line = encodeDraft(each);
      const bytes = Buffer.byteLength(line.dataJson);
      if (bytes > maxEventBytes(each.type)) throw new Error(`${each.type} is ${bytes} bytes long`);
      if (/(?<!\\)(?:\\\\)*\\ud[89a-f]/.test(line.dataJson))
        throw new Error(`${each.type} holds half of a surrogate pair`);
      const seq = this.events.length + 1;
      const event = parseLine({ ...line, sessionId: this.sessionId, seq, ts: new Date().toISOString() }) as KnownEvent;
      this.events.push(event);
      return event;
    });
    this.state = foldEvents(this.state, events);
    this.conversation = extendConversation(this.conversation, events);
    this.changes.ring();
  }

  /** The same log up to a place, folded anew. */
  copy(length = this.events.length): Log {
    const other = new Log();
    const events = this.events.slice(0, length);
    other.events.push(...events);
    other.state = foldEvents(initialState, events);
    other.conversation = extendConversation(emptyConversation, events);
    return other;
  }
}

export const noTools: ToolSet = {
  definitions: [],
  call: (call) => Promise.resolve({ status: "error", content: [], error: `There is no tool ${call.name}` }),
};

export const scripted: ModelAccess = {
  providerType: "scripted",
  providerId: null,
  baseUrl: null,
  apiKey: null,
  modelId: null,
  vendorModel: "scripted",
  contextTokens: 200_000,
  maxOutputTokens: 8_192,
  price: null,
  canSeeImages: false,
};

export interface DriveOptions {
  readonly model?: ModelAccess;
  readonly tools?: ToolSet;
  readonly instructions?: string;
  readonly maxIterations?: number;
  readonly signal?: AbortSignal;
  readonly loadImage?: NonNullable<TurnInput["loadImage"]>;
  readonly admitCall?: AdmitCall;
  readonly harness?: Harness;
  readonly spawned?: SpawnedInput;
  readonly hosted?: Partial<HostedOptions>;
  /** Sees every item before it is committed; false stops the run there, as a crash would. */
  readonly onItem?: (item: HarnessItem) => boolean | void;
}

export interface Driven {
  readonly hints: readonly Hint[];
  /** Facts of each item, in order. */
  readonly commits: readonly (readonly EventType[])[];
  readonly waits: Extract<HarnessItem, { kind: "facts" }>["next"] | null;
}

/** Retries at once: time is tested where it is decided. */
export function impatient(options: Partial<HostedOptions> = {}): Harness {
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  return makeHostedHarness({ clock, random: Math.random, retry: { baseMs: 1, capMs: 1 }, ...options });
}

export async function drive(log: Log, options: DriveOptions = {}): Promise<Driven> {
  const harness = options.harness ?? impatient(options.hosted);
  const hints: Hint[] = [];
  const commits: (readonly EventType[])[] = [];
  let waits: Driven["waits"] = null;
  const turnId = log.turn.id;
  do {
    const input: TurnInput = {
      sessionId: log.sessionId,
      view: () => ({ turn: log.turn, conversation: log.conversation }),
      instructions: options.instructions ?? "",
      model: options.model ?? scripted,
      controls: log.conversation.controls,
      tools: options.tools ?? noTools,
      maxIterations: options.maxIterations ?? 100,
      mintApproval: () => mint("approval"),
      changed: (until) => log.changes.rung(until),
      ...(options.spawned === undefined ? {} : { spawned: options.spawned }),
      mintStep: () => ({ execId: mint("exec"), messageId: mint("message") }),
      ...(options.admitCall === undefined ? {} : { admitCall: options.admitCall }),
      ...(options.loadImage === undefined ? {} : { loadImage: options.loadImage }),
    };
    for await (const item of harness.run(input, options.signal ?? new AbortController().signal)) {
      if (options.onItem?.(item) === false) return { hints, commits, waits };
      if (item.kind === "hint") {
        hints.push(item.hint);
        continue;
      }
      commits.push(item.facts.map(({ type }) => type));
      if (item.next.kind === "ends") log.end(item);
      else log.commit(item.facts);
      if (item.next.kind === "waits") waits = item.next;
    }
    if (waits !== null || options.signal?.aborted === true) break;
  } while (log.state.turn?.id === turnId);
  return { hints, commits, waits };
}

/** What a viewer of the live text has at the end: grown by deltas, emptied by restarts. */
export function shown(hints: readonly Hint[], kind: "text" | "thinking" = "text"): string {
  let text = "";
  for (const hint of hints) {
    if (hint.kind === "restart") text = "";
    else if (hint.kind === kind) text += hint.delta;
  }
  return text;
}
