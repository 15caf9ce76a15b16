/** Waiting, as the engine does it. */
import { sleep } from "../lib/deadline.ts";

/** A pause that an abort cuts short; nobody minds which of the two ended it. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return;
  await sleep(ms, signal).catch((cause: unknown) => {
    if (signal?.aborted !== true) throw cause;
  });
}
