/** What a hosted harness is made of, and what its pieces hand to each other. No behaviour. */
import type { Clock } from "../../core/ports/clock.ts";
import type { HarnessItem, TurnInput } from "../../core/ports/harness.ts";
import type { Estimator } from "./compaction/token-estimate.ts";

export interface RetryPolicy {
  /** Of one model call, the first included. */
  readonly maxAttempts: number;
  /** From the first failure on: after this no new attempt begins. */
  readonly totalMs: number;
  readonly baseMs: number;
  readonly capMs: number;
  /** A provider that asks for more patience than this parks the turn instead. */
  readonly longestWaitMs: number;
}

export const defaultRetry: RetryPolicy = {
  maxAttempts: 6,
  totalMs: 120_000,
  baseMs: 500,
  capMs: 20_000,
  longestWaitMs: 60_000,
};

/** Places where a test may stop the world. */
export type HostedPoint = "before-call" | "first-delta" | "answered" | "before-tools" | "tool-finished";

export interface HostedOptions {
  readonly clock: Clock;
  /** Contract: in [0, 1). */
  readonly random: () => number;
  /** Retries and warnings of providers; never content, never a key. */
  readonly log?: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly points?: (name: HostedPoint) => void | Promise<void>;
  readonly retry?: Partial<RetryPolicy>;
}

export interface Room {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly point: (name: HostedPoint) => void | Promise<void>;
  readonly retry: RetryPolicy;
}

/** One run of the harness: what it was given, and the signal that ends it. */
export interface Run {
  readonly room: Room;
  readonly input: TurnInput;
  readonly signal: AbortSignal;
  readonly estimator: Estimator;
}

/** A part of a run: says its items, and then whether the run goes on. */
export type Step = AsyncGenerator<HarnessItem, boolean>;
