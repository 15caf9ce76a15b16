/**
 * One prompt: from the question to the agent's answer, hearing what it says on the way and answering what it asks. Items
 * are given in the order in which things were said; the prompt's answer is taken once everything before it is.
 */
import type { HarnessItem, SpawnedInput, TurnInput } from "../../core/ports/harness.ts";
import { AgentFault } from "./agent-fault.ts";
import type { AgentSession } from "./agent-session.ts";
import type { Incoming, Permission } from "./inbox.ts";
import { listOf, objectOf, textOf } from "./json-read.ts";
import type { JsonObject } from "./json-read.ts";
import type { AcpTimes } from "./options.ts";
import { chooseOption } from "./permissions.ts";
import type { PromptBlock } from "./prompt.ts";
import type { AgentCall } from "./tool-call.ts";
import type { TurnScribe } from "./turn-scribe.ts";

export interface ConversingParts {
  readonly input: TurnInput;
  readonly spawned: SpawnedInput;
  readonly agent: AgentSession;
  readonly signal: AbortSignal;
  readonly scribe: TurnScribe;
  readonly times: AcpTimes;
}

interface Asked {
  readonly approvalId: string;
  readonly permission: Permission;
  readonly toolName: string;
}

type Woken = "grown" | "answered" | "changed" | "silent" | "aborted";

const ALLOWED = { answer: "allow", scope: "session" } as const;

export class Conversing {
  readonly #parts: ConversingParts;
  #asked: Asked[] = [];
  /** Of the prompt; nothing before it is there. */
  answer: JsonObject | null = null;
  /** The agent has said something. */
  hasHeard = false;
  /** It has said, beside the text, that its model failed; what comes after such an answer may well be an end like any. */
  hasFailed = false;

  constructor(parts: ConversingParts) {
    this.#parts = parts;
  }

  /** Errors: `AgentFault`. */
  async *ask(blocks: readonly PromptBlock[]): AsyncGenerator<HarnessItem, void> {
    const { agent, signal, scribe } = this.#parts;
    if (signal.aborted) return;
    const answering = agent.prompt(blocks);
    const watch = new Watch(this.#parts, answering);
    let heardAt = performance.now();
    try {
      for (;;) {
        // Listened first, then looked: no answer falls between the two.
        if (this.#asked.length > 0) watch.listen();
        this.#hearAnswers();
        const woken = await watch.next(heardAt);
        if (woken === "aborted" || signal.aborted) return;
        if (woken === "silent" && this.#asked.length === 0) throw silence(this.#parts.times.silenceMs);
        const heard = agent.inbox.take();
        for (const incoming of heard) this.#hear(incoming);
        // Whoever is asked may take their time.
        if (heard.some(isWord) || woken === "changed" || this.#asked.length > 0) heardAt = performance.now();
        yield* scribe.take();
        if (woken !== "answered") continue;
        this.answer = await answering;
        agent.hearNoMore();
        return;
      }
    } finally {
      watch.stop();
    }
  }

  #hear(incoming: Incoming): void {
    const { scribe, agent } = this.#parts;
    this.hasHeard = true;
    switch (incoming.kind) {
      case "text":
        return scribe.text(incoming.text);
      case "thinking":
        return scribe.thinking(incoming.text);
      case "permission":
        return this.#ask(incoming.permission);
      case "refused_file":
        return this.#sayRefused(incoming);
      case "update":
        switch (textOf(incoming.update["sessionUpdate"])) {
          case "tool_call":
          case "tool_call_update":
            agent.noteProcesses();
            return scribe.follow(scribe.call(incoming.update));
          case "plan":
            return scribe.plan(incoming.update);
          case "usage_update":
            return agent.usage.update(incoming.update);
          case "session_info_update":
            this.hasFailed = isFailing(incoming.update) ?? this.hasFailed;
            return;
          default:
            // Modes, commands, what the user said, and what is not invented yet: nothing that a log is for.
            return;
        }
    }
  }

  #ask(permission: Permission): void {
    const { scribe, input } = this.#parts;
    // What explains a question is no result of the call; what it would change may be.
    const content = listOf(permission.toolCall["content"]).filter((each) => objectOf(each)["type"] === "diff");
    const call = scribe.call({ ...permission.toolCall, content: content.length === 0 ? null : content });
    if (this.#isAllowed(call)) return permission.answer(chooseOption(permission.options, ALLOWED));
    const approvalId = input.mintApproval();
    this.#asked.push({ approvalId, permission, toolName: call.name });
    scribe.ask(call, approvalId);
  }

  #isAllowed({ name }: AgentCall): boolean {
    const { agent, spawned } = this.#parts;
    return agent.allowed.has(name) || spawned.allowedTools?.includes(name) === true;
  }

  /** Those of the questions that have one by now. */
  #hearAnswers(): void {
    const { input, agent } = this.#parts;
    if (this.#asked.length === 0) return;
    const { approvals } = input.view().turn;
    this.#asked = this.#asked.filter(({ approvalId, permission, toolName }) => {
      const approval = approvals.find(({ id }) => id === approvalId) ?? { answer: "cancelled" };
      if (approval.answer === null) return true;
      const isLonger = approval.answer === "allow" && approval.scope !== undefined && approval.scope !== "once";
      if (isLonger) agent.allowed.add(toolName);
      permission.answer(chooseOption(permission.options, approval));
      return false;
    });
  }

  #sayRefused({ operation, path, why }: Extract<Incoming, { kind: "refused_file" }>): void {
    const { scribe } = this.#parts;
    const toolCallId = `${operation}_file_refused`;
    const told = { toolCallId, name: `${operation}_file`, title: `${operation} ${path}`, rawInput: { path } };
    scribe.follow(scribe.call({ ...told, status: "failed", rawOutput: why }));
  }
}

const WORDS: ReadonlySet<string | undefined> = new Set(["tool_call", "tool_call_update", "plan", "usage_update"]);

/** Of its work, and not of itself: one agent says every few seconds, for ever, that it tries to reach its model again. */
function isWord(incoming: Incoming): boolean {
  return incoming.kind !== "update" || WORDS.has(textOf(incoming.update["sessionUpdate"]));
}

/** Codex alone says how its conversation is; nothing where an update is about something else. */
function isFailing(update: JsonObject): boolean | undefined {
  const status = textOf(objectOf(objectOf(objectOf(update["_meta"])["codex"])["threadStatus"])["type"]);
  return status === undefined ? undefined : status === "systemError";
}

function silence(silenceMs: number): AgentFault {
  const minutes = Math.round(silenceMs / 60_000);
  const time = minutes > 0 ? `${minutes} minutes` : `${silenceMs} ms`;
  return new AgentFault("agent_timeout", `The agent said nothing for ${time} and was ended; send the message again`);
}

/** Waits for the next thing to happen, without leaving a waiter behind for each of them. */
class Watch {
  readonly #parts: ConversingParts;
  readonly #over = new AbortController();
  readonly #answered: Promise<Woken>;
  readonly #aborted: Promise<Woken>;
  #changed: Promise<Woken> | null = null;

  constructor(parts: ConversingParts, answering: Promise<JsonObject>) {
    this.#parts = parts;
    // What it came to is read by whoever is woken.
    this.#answered = answering.then(
      () => "answered",
      () => "answered",
    );
    this.#aborted = new Promise((resolve) => {
      const wake = () => resolve("aborted");
      parts.signal.addEventListener("abort", wake, { once: true, signal: this.#over.signal });
    });
  }

  listen(): void {
    this.#changed ??= this.#hearChange(this.#parts.input);
  }

  async next(heardAt: number): Promise<Woken> {
    const { agent, times } = this.#parts;
    const silent = Promise.withResolvers<Woken>();
    const leftMs = heardAt + times.silenceMs - performance.now();
    const timer = setTimeout(() => silent.resolve("silent"), Math.max(0, leftMs));
    const grown = agent.inbox.grown().then((): Woken => "grown");
    const changed = this.#changed === null ? [] : [this.#changed];
    try {
      return await Promise.race([this.#aborted, this.#answered, grown, ...changed, silent.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  stop(): void {
    this.#over.abort();
  }

  async #hearChange(input: TurnInput): Promise<Woken> {
    await input.changed(this.#over.signal);
    this.#changed = null;
    return "changed";
  }
}
