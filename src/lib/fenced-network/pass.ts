/** Two ends of one way: what comes in at one goes out at the other, and with one both are gone. */
import { pipeline } from "node:stream";
import type { Duplex } from "node:stream";

/** Contract: never throws; an error of one end is the end of both. */
export function pass(one: Duplex, other: Duplex): void {
  pipeline(one, other, one, () => {
    one.destroy();
    other.destroy();
  });
}
