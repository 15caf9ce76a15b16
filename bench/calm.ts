/**
 * Waits for a quiet moment of the machine before a round begins. Ours and the peer share a round, so noise falls on both; but a
 * limit made of medians says nothing about a machine whose cores are taken.
 *
 * Counts what it waited for in vain, so that a result can say on what kind of machine it was made.
 */
import { cpus } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

const LOOK_MS = 150;
/** Nothing of the bench runs while it looks. */
const QUIET_SHARE = 0.25;
const LONGEST_WAIT_MS = 15_000;

export interface Calm {
  /** Resolves at a quiet moment, or after a while without one. */
  moment(): Promise<void>;
  /** `7 of 9 rounds began on a quiet machine`. */
  told(): string;
}

export function openCalm(): Calm {
  let rounds = 0;
  let quiet = 0;
  return {
    async moment() {
      rounds++;
      const until = performance.now() + LONGEST_WAIT_MS;
      while (performance.now() < until) {
        if ((await busyShare()) > QUIET_SHARE) continue;
        quiet++;
        return;
      }
    },
    told: () => `${quiet} of ${rounds} rounds began on a quiet machine`,
  };
}

async function busyShare(): Promise<number> {
  const before = ticks();
  await sleep(LOOK_MS);
  const after = ticks();
  return (after.busy - before.busy) / Math.max(1, after.all - before.all);
}

function ticks(): { readonly busy: number; readonly all: number } {
  let busy = 0;
  let all = 0;
  for (const { times } of cpus()) {
    const used = times.user + times.nice + times.sys + times.irq;
    busy += used;
    all += used + times.idle;
  }
  return { busy, all };
}
