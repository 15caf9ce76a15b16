/**
 * The shape of a bench: what is measured beside a peer or limit in the same run, round by round, and what came of it.
 *
 * A round measures ours and the peer one after the other; figures are medians over rounds, ratios are taken within a
 * round, so that what else the machine was doing falls on both. A result that was not verified is no result: a bench that
 * sees a lost or doubled event throws.
 */
import { spreadOf } from "./statistics.ts";
import type { Spread } from "./statistics.ts";

export interface BenchOptions {
  /** Smaller sizes and fewer rounds: to see that the bench works, not to quote. */
  readonly isQuick: boolean;
  readonly say: (line: string) => void;
}

export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly ours: Spread;
  /** The peer, or the limit that the bar is made of; null where the bar is a plain figure. */
  readonly peer: Spread | null;
  readonly ratio: Spread | null;
  /** In words, as `060-bars` has it; null for a figure that is only told. */
  readonly bar: string | null;
  readonly isReached: boolean | null;
}

export interface BenchResult {
  readonly rows: readonly Row[];
  /** What a reader has to know to read the figures right. */
  readonly notes: readonly string[];
}

export interface Bench {
  readonly name: string;
  run(options: BenchOptions): Promise<BenchResult>;
}

export interface Measured {
  readonly what: string;
  readonly unit: string;
  /** One value a round. */
  readonly ours: readonly number[];
  readonly peer?: readonly number[];
}

/** A bar on the ratio to the peer: `ours ≤ most × peer`, or with `least` the other way round. */
export function against(
  { what, unit, ours, peer = [] }: Measured,
  bar: { readonly text: string } & ({ readonly most: number } | { readonly least: number }),
): Row {
  const ratio = spreadOf(ours.map((value, round) => value / (peer[round] ?? Number.NaN)));
  const isReached = "most" in bar ? ratio.median <= bar.most : ratio.median >= bar.least;
  return { what, unit, ours: spreadOf(ours), peer: spreadOf(peer), ratio, bar: bar.text, isReached };
}

/** A bar on the figure itself; a peer beside it is only told. */
export function within(
  { what, unit, ours, peer }: Measured,
  bar: { readonly text: string; readonly most: number },
): Row {
  const own = spreadOf(ours);
  const isReached = own.median <= bar.most;
  return { what, unit, ours: own, peer: peer ? spreadOf(peer) : null, ratio: null, bar: bar.text, isReached };
}

export function told({ what, unit, ours, peer }: Measured): Row {
  const ratio = peer === undefined ? null : spreadOf(ours.map((value, round) => value / (peer[round] ?? Number.NaN)));
  return { what, unit, ours: spreadOf(ours), peer: peer ? spreadOf(peer) : null, ratio, bar: null, isReached: null };
}

/** What keeps a figure from being quoted: events that are missing, doubled or out of place. */
export class Unverified extends Error {
  override readonly name = "Unverified";
}

export function verify(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Unverified(what);
}
