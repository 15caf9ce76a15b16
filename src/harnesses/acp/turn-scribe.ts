/**
 * Makes of what an agent says the facts and hints of a turn, in the order of E5:
 *
 *   text, thoughts ──▶ hints of one message ──▶ a tool call, or the end, completes the message
 *   tool call ──▶ act.started ──▶ tool.started ──▶ tool.completed ──▶ (none open) act.completed ──▶ text …
 *
 * An agent names its calls one by one and goes on talking while they run; then each joins the act that is open. Starts
 * from the turn as committed and keeps what it has said itself; commits nothing and waits for nothing.
 */
import type { Usage } from "../../core/events/content.ts";
import type { Fact } from "../../core/events/envelope.ts";
import type { Hint, HarnessItem, TurnInput } from "../../core/ports/harness.ts";
import { fitJsonBytes } from "../../lib/json-size.ts";
import { AnswerText, callPart } from "./answer-text.ts";
import { listOf, objectOf, textOf } from "./json-read.ts";
import type { JsonObject } from "./json-read.ts";
import { AgentCall } from "./tool-call.ts";

export interface ScribeParts {
  readonly input: TurnInput;
  readonly folder: string;
  /** The model's name, or the agent's where it tells none. */
  readonly model: string;
  /** Ids of calls that the session's log has; grows. */
  readonly usedIds: Set<string>;
  readonly nowMs: () => number;
}

const MAX_PLAN_ENTRIES = 60;
const MAX_PLAN_BYTES = 600;
const LOST = "Interrupted: the agent's program stopped while this ran";
export const UNSAID = "The agent did not say how this ended";

export class TurnScribe {
  readonly #parts: ScribeParts;
  readonly #calls = new Map<string, AgentCall>();
  #answer: AnswerText | null;
  #isActOpen: boolean;
  #iteration: number;
  #failedCalls: number;
  #actCalls: number;
  #plan = "";
  #out: (Fact | { readonly hint: Hint })[] = [];
  callCount = 0;

  constructor(parts: ScribeParts) {
    this.#parts = parts;
    const { turn } = parts.input.view();
    this.#iteration = turn.iteration;
    this.#isActOpen = turn.isActOpen;
    this.#failedCalls = turn.failedCallCount;
    this.#actCalls = turn.actCallCount ?? turn.openCalls.length;
    this.#answer =
      turn.isReasonOpen && turn.openMessageId !== null ? new AnswerText(turn.id, turn.openMessageId) : null;
  }

  /** Of the message that is growing. */
  get textSoFar(): string {
    return this.#answer?.text ?? "";
  }

  get isAnswering(): boolean {
    return this.#answer !== null;
  }

  /** A new prompt is a new answer. */
  begin(): void {
    this.#openAnswer();
  }

  /** Of a program that is gone: what it had open is over. */
  closeLost(): void {
    const { openCalls } = this.#parts.input.view().turn;
    for (const { id: tool_call_id, name: tool_name } of openCalls) {
      this.#failedCalls++;
      this.#out.push({
        type: "tool.completed",
        data: { tool_call_id, tool_name, success: false, status: "error", error: LOST },
      });
    }
    this.#closeActIfDone();
  }

  /** What there is to commit and show, in order. */
  take(): readonly HarnessItem[] {
    const items: HarnessItem[] = [];
    let facts: Fact[] = [];
    const close = () => {
      if (facts.length > 0) items.push({ kind: "facts", facts, next: { kind: "goes_on" } });
      facts = [];
    };
    for (const each of this.#out.splice(0)) {
      if ("type" in each) facts.push(each);
      else {
        close();
        items.push({ kind: "hint", hint: each.hint });
      }
    }
    close();
    for (const call of this.#calls.values()) call.isCommitted = call.isAnnounced;
    return items;
  }

  text(text: string): void {
    for (let rest = text; rest !== "";) {
      const answer = this.#openAnswer();
      const { added, rest: left } = answer.add(rest);
      if (added !== "") this.#out.push({ hint: { kind: "text", messageId: answer.messageId, delta: added } });
      if (left !== "") this.completeAnswer();
      rest = left;
    }
  }

  thinking(text: string): void {
    const answer = this.#openAnswer();
    const delta = answer.think(text);
    if (delta !== "") this.#out.push({ hint: { kind: "thinking", messageId: answer.messageId, delta } });
  }

  plan(update: JsonObject): void {
    const entries = listOf(update["entries"])
      .slice(0, MAX_PLAN_ENTRIES)
      .map((raw) => {
        const { content, priority, status } = objectOf(raw);
        return {
          content: fitJsonBytes(textOf(content) ?? "", MAX_PLAN_BYTES),
          priority: fitJsonBytes(textOf(priority) ?? "medium", 20),
          status: fitJsonBytes(textOf(status) ?? "pending", 20),
        };
      });
    const said = JSON.stringify(entries);
    if (said === this.#plan) return;
    this.#plan = said;
    this.#out.push({ type: "plan.updated", data: { turn_id: this.#turnId, entries } });
  }

  /** The call that an update is about. */
  call(update: JsonObject): AgentCall {
    const agentsId = textOf(update["toolCallId"]) ?? "";
    const known = this.#calls.get(agentsId);
    if (known !== undefined) {
      known.tell(update);
      return known;
    }
    const { folder, nowMs } = this.#parts;
    const call = new AgentCall(this.#freshId(agentsId), update, { folder, nowMs: nowMs() });
    this.#calls.set(agentsId, call);
    return call;
  }

  /** What the call's last update has changed. */
  follow(call: AgentCall): void {
    if (!call.isKnown) return;
    this.#announce(call);
    if (!this.#isOpen(call)) return this.#drop(call);
    const { status } = call;
    if (status !== "pending" && !call.isStarted) this.#out.push(call.started());
    if (status === "completed" || status === "failed") return this.#complete(call);
    const delta = call.newOutput();
    const { id: callId, name: toolName } = call;
    if (delta !== "" && call.isStarted) {
      this.#out.push({ hint: { kind: "tool", callId, toolName, stream: "stdout", delta } });
    }
  }

  ask(call: AgentCall, approvalId: string): void {
    this.#announce(call);
    const question = `May the agent do this: ${call.title}?`;
    this.#out.push({
      type: "approval.requested",
      data: { approval_id: approvalId, tool_call: call.asked(), question },
    });
  }

  /** The message so far, without an end of the turn. */
  completeAnswer(): void {
    this.#closeAnswer([], null);
  }

  /** The last facts of a prompt: what is open is closed, and what was used is said. */
  finish(
    generation: readonly Fact[],
    usage: Usage | null,
    error?: { readonly code: string; readonly text: string },
  ): void {
    for (const call of this.#calls.values()) {
      if (!call.isAnnounced || !this.#isOpen(call)) continue;
      call.tell({ status: "failed", rawOutput: UNSAID });
      this.#complete(call);
    }
    this.#calls.clear();
    this.#closeActIfDone();
    if (error !== undefined) this.#openAnswer();
    if (this.#answer === null) this.#out.push(...generation);
    else this.#closeAnswer(generation, usage, error);
  }

  get #turnId(): string {
    return this.#parts.input.view().turn.id;
  }

  #openAnswer(): AnswerText {
    if (this.#answer !== null) return this.#answer;
    const turn_id = this.#turnId;
    const { messageId } = this.#parts.input.mintStep();
    const { model } = this.#parts;
    const iteration = ++this.#iteration;
    this.#out.push(
      { type: "reason.started", data: { turn_id, iteration, metadata: { model } } },
      { type: "output.message.started", data: { turn_id, message_id: messageId, iteration, model } },
    );
    this.#answer = new AnswerText(turn_id, messageId);
    return this.#answer;
  }

  #closeAnswer(
    generation: readonly Fact[],
    usage: Usage | null,
    error?: { readonly code: string; readonly text: string },
  ): void {
    const answer = this.#answer;
    if (answer === null) return;
    const { model } = this.#parts;
    this.#out.push(...answer.close({ calls: [], model, generation, usage, ...(error === undefined ? {} : { error }) }));
    this.#answer = null;
  }

  #announce(call: AgentCall): void {
    if (call.isAnnounced) return;
    call.isAnnounced = true;
    const turn_id = this.#turnId;
    const shown = call.shown();
    const { model } = this.#parts;
    this.callCount++;
    if (this.#answer === null && this.#isActOpen) {
      const { messageId: id } = this.#parts.input.mintStep();
      const message = { id, role: "agent" as const, content: [callPart(shown)], phase: "commentary" as const };
      this.#out.push({ type: "output.message.completed", data: { message, metadata: { model } } });
    } else {
      const answer = this.#openAnswer();
      this.#out.push(...answer.close({ calls: [shown], model, generation: [], usage: null }));
      this.#answer = null;
    }
    this.#actCalls = this.#isActOpen ? this.#actCalls + 1 : 1;
    if (!this.#isActOpen) this.#failedCalls = 0;
    this.#isActOpen = true;
    this.#out.push({ type: "act.started", data: { turn_id, tool_calls: [shown] } });
  }

  #complete(call: AgentCall): void {
    if (call.status === "failed") this.#failedCalls++;
    this.#out.push(call.completed(this.#parts.nowMs()));
    this.#drop(call);
  }

  #drop(call: AgentCall): void {
    for (const [agentsId, each] of this.#calls) if (each === call) this.#calls.delete(agentsId);
    this.#closeActIfDone();
  }

  /** A call that a person did not allow was closed by whoever said so. */
  #isOpen(call: AgentCall): boolean {
    return !call.isCommitted || this.#parts.input.view().turn.openCalls.some(({ id }) => id === call.id);
  }

  #closeActIfDone(): void {
    if (!this.#isActOpen || [...this.#calls.values()].some(({ isAnnounced }) => isAnnounced)) return;
    this.#isActOpen = false;
    const error_count = this.#failedCalls;
    const success_count = Math.max(0, this.#actCalls - error_count);
    this.#out.push({
      type: "act.completed",
      data: { turn_id: this.#turnId, completed: true, success_count, error_count },
    });
  }

  /** Some agents count their calls from zero in every prompt. */
  #freshId(agentsId: string): string {
    const { usedIds } = this.#parts;
    const wanted = agentsId === "" ? "call" : agentsId.slice(0, 120).toWellFormed();
    let id = wanted;
    for (let count = 2; usedIds.has(id); count++) id = `${wanted}-${count}`;
    usedIds.add(id);
    return id;
  }
}
