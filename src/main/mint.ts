/**
 * New ids from the clock and the system's randomness. Random bytes are drawn a page at a time: asking the system for ten
 * of them takes 15 µs, which is as long as a whole request spends on its key.
 */
import { randomFillSync } from "node:crypto";
import { formatId } from "../core/ids.ts";
import type { MintId } from "../core/ids.ts";
import type { Clock } from "../core/ports/clock.ts";

const ID_BYTES = 10;
const PAGE_BYTES = 400 * ID_BYTES;

export function makeMint({ now }: Pick<Clock, "now">): MintId {
  const page = Buffer.alloc(PAGE_BYTES);
  let used = PAGE_BYTES;
  return (kind) => {
    if (used === PAGE_BYTES) {
      randomFillSync(page);
      used = 0;
    }
    used += ID_BYTES;
    return formatId(kind, now(), page.toString("hex", used - ID_BYTES, used));
  };
}
