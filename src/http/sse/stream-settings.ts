/** The times and bounds of streams (F4, F5, W4). All can be configured; tests make them short. */
export interface StreamSettings {
  /** More than this many at once are told to come back later (B11). */
  readonly maxStreams: number;
  /** The longest silence on a stream. */
  readonly heartbeatMs: number;
  /** A stream ends after this, give or take a fifth, and its reader comes back. */
  readonly cycleMs: number;
  /** A reader that takes nothing for this long is cut. */
  readonly stallMs: number;
  /** A reader for whom this much waits in this process is cut. */
  readonly maxBufferedBytes: number;
  /** How often each stream is looked at: for its heartbeat, its end, its reader, its key. */
  readonly visitMs: number;
  /** What readers are told to wait before they come back, give or take a half. */
  readonly retryMs: number;
}

export const defaultStreamSettings: StreamSettings = {
  maxStreams: 20_000,
  heartbeatMs: 15_000,
  cycleMs: 300_000,
  stallMs: 30_000,
  maxBufferedBytes: 1024 * 1024,
  visitMs: 4_000,
  retryMs: 1_000,
};

/** Draws from [base·(1-share), base·(1+share)], so that many readers do not come back at once. */
export function jitter(baseMs: number, share: number, random: () => number): number {
  return Math.round(baseMs * (1 - share + 2 * share * random()));
}
