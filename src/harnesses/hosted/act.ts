/**
 * Acting: runs the open calls of a step side by side, those of one class one after the other, and says each result as
 * it comes. A call of a class begins only when the result of the one before is committed, because it has to see what
 * that one changed. The last results go out together with the beginning of the next step, so that a step costs two
 * commits; or, when calls are left that wait for somebody or for other sessions, with what parks the turn.
 */
import type { ToolCall } from "../../core/events/content.ts";
import type { Fact } from "../../core/events/envelope.ts";
import type { Hint, HarnessItem, Next, TurnView } from "../../core/ports/harness.ts";
import { withDeadline } from "../../lib/deadline.ts";
import { awaitedFact, completedFact, runCall } from "./run-call.ts";
import type { Finished } from "./run-call.ts";
import type { Run, Step } from "./options.ts";
import { askFacts, sortCalls } from "./permissions.ts";
import { actCompleted, isSpent, reasonStarted } from "./step-facts.ts";
import { shownCalls } from "./fit-message.ts";

/** How long an aborted run waits for its tools to stop. */
const STOP_MS = 1_000;
/** Output that nobody has taken yet; hints may be lost, memory may not. */
const MAX_WAITING_OUTPUT = 256 * 1024;

/** The calls that are open, with the arguments as the model gave them, which only the answer itself has. */
export function openCalls({ turn, conversation }: TurnView): readonly ToolCall[] {
  const answer = conversation.entries.findLast((entry) => entry.kind === "agent");
  const parts = answer?.message.content ?? [];
  return turn.openCalls.map(({ id, name }) => {
    const part = parts.find((each) => each.type === "tool_call" && each.id === id);
    return { id, name, arguments: part?.type === "tool_call" ? part.arguments : undefined };
  });
}

/** Calls that wait for each other share a lane. */
function lanesOf(calls: readonly ToolCall[], { input }: Run): readonly ToolCall[][] {
  const classOf = new Map(input.tools.definitions.map(({ name, hints }) => [name, hints.concurrencyClass]));
  const lanes = new Map<string, ToolCall[]>();
  for (const call of calls) {
    const group = classOf.get(call.name);
    const key = group === undefined ? `call ${call.id}` : `class ${group}`;
    const lane = lanes.get(key);
    if (lane === undefined) lanes.set(key, [call]);
    else lane.push(call);
  }
  return [...lanes.values()];
}

/** What the running calls have said and done since the last look. */
class Floor {
  readonly running = new Set<Promise<void>>();
  #finished: Finished[] = [];
  #output: Hint[] = [];
  #outputLength = 0;
  #bell = Promise.withResolvers<void>();

  start(run: Run, lane: ToolCall[]): void {
    const call = lane.shift();
    if (call === undefined) return;
    const ended = runCall(run, call, (stream, delta) => this.#say(call, stream, delta)).then((result) => {
      this.#finished.push({ ...result, lane });
      this.running.delete(ended);
      this.#bell.resolve();
    });
    this.running.add(ended);
  }

  /** Resolves when there is something to take; results of the same moment are there together. */
  async grown(): Promise<void> {
    await this.#bell.promise;
    await new Promise((resolve) => setImmediate(resolve));
    this.#bell = Promise.withResolvers();
  }

  take(): { readonly output: readonly Hint[]; readonly finished: readonly Finished[] } {
    const taken = { output: this.#output, finished: this.#finished };
    this.#output = [];
    this.#outputLength = 0;
    this.#finished = [];
    return taken;
  }

  #say(call: ToolCall, stream: "stdout" | "stderr", text: string): void {
    const delta = text.toWellFormed();
    if (delta === "" || this.#outputLength + delta.length > MAX_WAITING_OUTPUT) return;
    this.#outputLength += delta.length;
    this.#output.push({ kind: "tool", callId: call.id, toolName: call.name, stream, delta });
    this.#bell.resolve();
  }
}

export async function* act(run: Run): Step {
  const { input, room, signal } = run;
  const startedAt = room.clock.monotonic();
  const view = input.view();
  const { free, waiting } = sortCalls(input, view.turn, openCalls(view));
  if (free.length === 0) return yield* park(run, [], waiting);
  yield* startUnstarted(run, free);
  await room.point("before-tools");
  const lanes = lanesOf(free, run);
  const floor = new Floor();
  const awaiting: Finished[] = [];
  const stopped = Promise.withResolvers<void>();
  const stop = () => stopped.resolve();
  signal.addEventListener("abort", stop, { once: true });
  try {
    for (const lane of lanes) floor.start(run, lane);
    while (!signal.aborted) {
      await Promise.race([floor.grown(), stopped.promise]);
      if (signal.aborted) break;
      const { output, finished: returned } = floor.take();
      for (const hint of output) yield { kind: "hint", hint };
      if (returned.length === 0) continue;
      const finished = returned.filter(({ result }) => result.awaits === undefined);
      awaiting.push(...returned.filter(({ result }) => result.awaits !== undefined));
      await room.point("tool-finished");
      const isLast = floor.running.size === 0 && lanes.every((lane) => lane.length === 0);
      if (isLast && waiting.length + awaiting.length > 0) return yield* park(run, [...finished, ...awaiting], waiting);
      if (isLast) return yield* closeStep(run, finished, room.clock.monotonic() - startedAt);
      if (finished.length > 0) yield { kind: "facts", facts: finished.map(completedFact), next: { kind: "goes_on" } };
      for (const { lane } of returned) floor.start(run, lane);
    }
    await letStop(floor);
    return false;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** A step whose beginning was cut off by a crash: every call is committed as started before any of them runs (A12). */
async function* startUnstarted({ input }: Run, calls: readonly ToolCall[]): AsyncGenerator<HarnessItem, void> {
  const started = new Set(input.view().turn.openCalls.flatMap(({ id, started: is }) => (is ? [id] : [])));
  const missing = shownCalls(calls.filter(({ id }) => !started.has(id)));
  if (missing.length === 0) return;
  const facts = missing.map((tool_call): Fact => ({ type: "tool.started", data: { tool_call } }));
  yield { kind: "facts", facts, next: { kind: "goes_on" } };
}

/** Only calls are left that wait, for somebody who is asked now or for other sessions; what comes is for another run. */
async function* park({ input }: Run, finished: readonly Finished[], waiting: readonly ToolCall[]): Step {
  const over = finished.filter(({ result }) => result.awaits === undefined);
  const facts = [...over.map(completedFact), ...askFacts(input, waiting), ...finished.flatMap(awaitedFact)];
  yield { kind: "facts", facts, next: { kind: "waits" } };
  return false;
}

async function* closeStep(run: Run, finished: readonly Finished[], durationMs: number): Step {
  const failed = finished.filter(({ result }) => result.status !== "success").length;
  const closed = actCompleted(run.input.view(), { failed, durationMs: Math.round(durationMs) });
  return yield* beginNext(run, [...finished.map(completedFact), closed]);
}

/** What has to be said first, and with it the beginning of the next step, or the end where none is allowed. */
export async function* beginNext({ input }: Run, before: readonly Fact[]): Step {
  const view = input.view();
  const isOver = isSpent(input, view);
  const next: Next = isOver
    ? { kind: "ends", end: { kind: "completed", stopReason: "max_iterations" } }
    : { kind: "goes_on" };
  yield { kind: "facts", facts: isOver ? before : [...before, ...reasonStarted(input, view)], next };
  return !isOver;
}

async function letStop(floor: Floor): Promise<void> {
  using deadline = withDeadline(undefined, STOP_MS);
  const passed = new Promise<void>((resolve) => deadline.signal.addEventListener("abort", () => resolve()));
  await Promise.race([Promise.all(floor.running), passed]);
}
