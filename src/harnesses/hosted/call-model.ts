/**
 * One model call, as often as it takes: streams what may be shown, tries again what may pass, and ends with an answer or
 * a fault. What was shown of a try that failed is taken back before the next one begins.
 *
 *   open ─▶ stream ─▶ answered
 *     └──────┴──▶ fault ─▶ again (after a wait)   park (the window opens later)   failed
 */
import type { Fact } from "../../core/events/envelope.ts";
import type { HarnessItem } from "../../core/ports/harness.ts";
import { sleep } from "../../lib/deadline.ts";
import { admitCall } from "./admit-call.ts";
import type { CallOptions } from "./admit-call.ts";
import { AnswerGrowth } from "./answer.ts";
import type { Grown } from "./answer.ts";
import type { CallMeter } from "./call-meter.ts";
import type { ModelFault } from "./faults/model-fault.ts";
import { cutShort, readFault } from "./faults/read-fault.ts";
import type { Run } from "./options.ts";
import { ownSignal } from "./own-signal.ts";
import { openModel } from "./providers.ts";
import { planRetry } from "./retry-plan.ts";

export interface ModelCall {
  readonly options: CallOptions;
  /** The live message that the answer is shown as; null: it is not shown. */
  readonly messageId: string | null;
}

export interface Tries {
  readonly attempts: number;
  readonly totalWaitMs: number;
  /** Of the last try. */
  readonly durationMs: number;
  readonly firstTokenMs: number | null;
}

export type CallOutcome =
  | { readonly kind: "answered"; readonly answer: Grown; readonly tries: Tries }
  | { readonly kind: "parked"; readonly fault: ModelFault; readonly waitMs: number }
  /** No budget is left for it; the fact says so. */
  | { readonly kind: "unpaid"; readonly fact: Fact }
  | { readonly kind: "failed"; readonly fault: ModelFault; readonly tries: Tries };

interface Try {
  readonly grown: Grown | null;
  readonly fault: ModelFault | null;
  readonly isShown: boolean;
  readonly durationMs: number;
  readonly firstTokenMs: number | null;
}

export async function* callModel(run: Run, wished: ModelCall): AsyncGenerator<HarnessItem, CallOutcome> {
  const admitted = await admitCall(run, wished.options);
  if (admitted.kind === "exhausted") return { kind: "unpaid", fact: admitted.fact };
  const { meter } = admitted;
  const call = { ...wished, options: admitted.options, meter };
  const { room, signal, input } = run;
  let totalWaitMs = 0;
  let firstFaultAt: number | undefined;
  for (let attempts = 1; ; attempts++) {
    const tried = yield* tryOnce(run, call, attempts);
    const tries = { attempts, totalWaitMs, durationMs: tried.durationMs, firstTokenMs: tried.firstTokenMs };
    if (tried.fault === null && tried.grown !== null) return { kind: "answered", answer: tried.grown, tries };
    meter.fail();
    const fault = tried.fault ?? cutShort(null);
    if (tried.isShown && call.messageId !== null) {
      yield { kind: "hint", hint: { kind: "restart", messageId: call.messageId } };
    }
    const now = room.clock.monotonic();
    firstFaultAt ??= now;
    const plan = planRetry({ fault, attempts, elapsedMs: now - firstFaultAt, random: room.random }, room.retry);
    room.log("Model call failed", { model: input.model.vendorModel, attempts, plan: plan.kind, ...fault });
    if (plan.kind === "give_up") return { kind: "failed", fault, tries };
    if (plan.kind === "park") return { kind: "parked", fault, waitMs: plan.waitMs };
    await sleep(plan.waitMs, signal);
    totalWaitMs += plan.waitMs;
  }
}

interface MeteredCall extends ModelCall {
  readonly meter: CallMeter;
}

async function* tryOnce(run: Run, call: MeteredCall, attempt: number): AsyncGenerator<HarnessItem, Try> {
  const { room, input, signal } = run;
  using own = ownSignal(signal);
  const startedAt = room.clock.monotonic();
  const growth = new AnswerGrowth();
  let firstTokenMs: number | null = null;
  const ended = (fault: ModelFault | null): Try => {
    const durationMs = Math.round(room.clock.monotonic() - startedAt);
    return { grown: growth.grown(), fault, isShown: firstTokenMs !== null, durationMs, firstTokenMs };
  };
  const failed = (error: unknown): Try =>
    ended(readFault(error, { nowMs: room.clock.now(), apiKey: input.model.apiKey }));
  await room.point("before-call");
  try {
    const model = await openModel(input.model);
    call.meter.send();
    const { stream } = await model.doStream({ ...withAttempt(call.options, attempt), abortSignal: own.signal });
    for await (const part of stream) {
      call.meter.hear(part);
      if (part.type === "error") return failed(part.error);
      if (part.type === "stream-start" && part.warnings.length > 0) logWarnings(run, part.warnings);
      const delta = growth.add(part);
      if (delta === undefined || call.messageId === null) continue;
      if (firstTokenMs === null) {
        firstTokenMs = Math.round(room.clock.monotonic() - startedAt);
        await room.point("first-delta");
      }
      yield { kind: "hint", hint: { ...delta, messageId: call.messageId } };
    }
  } catch (error) {
    if (signal.aborted) throw error;
    return failed(error);
  }
  const { finish, rawFinish } = growth.grown();
  return ended(finish === "interrupted" || finish === "error" ? cutShort(rawFinish) : null);
}

/** The scripted model plays faults that pass by themselves; it has no memory of its own for how often it was asked. */
function withAttempt(options: ModelCall["options"], attempt: number): ModelCall["options"] {
  return {
    ...options,
    providerOptions: { ...options.providerOptions, scripted: { ...options.providerOptions?.scripted, attempt } },
  };
}

function logWarnings({ room, input }: Run, warnings: readonly unknown[]): void {
  room.log("The provider's package warns", { model: input.model.vendorModel, warnings });
}

/** The same without showing anything: for calls whose answer is no message. */
export async function callQuietly(run: Run, options: ModelCall["options"]): Promise<CallOutcome> {
  const items = callModel(run, { options, messageId: null });
  for (;;) {
    const next = await items.next();
    if (next.done === true) return next.value;
  }
}
