/** Two ends of one way: what comes in at one goes out at the other, and with both ends, or the failure of one, both are gone. */
import type { Socket } from "node:net";
import { pipeline } from "node:stream";

/**
 * Whoever has said all it has to say may wait for the answer; one that is gone looks the same. So it is waited for as long
 * as something moves, or this long.
 */
const HALF_CLOSED_MS = 5 * 60_000;

/** Contract: never throws; an error of one end is the end of both. Takes ends that may be closed by half. */
export function pass(one: Socket, other: Socket, { halfClosedMs = HALF_CLOSED_MS } = {}): void {
  const end = () => {
    one.destroy();
    other.destroy();
  };
  const wait = () => one.setTimeout(halfClosedMs, end);
  for (const each of [one, other]) each.on("error", end).once("end", wait);
  // An end that is gone already would be an exception.
  if (one.destroyed || other.destroyed) return end();
  pipeline(one, other, one, end);
}
