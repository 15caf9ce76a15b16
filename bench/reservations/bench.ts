/** W6 and W7: what a reservation costs, at the store's port and over HTTP, and how exact its deadline is. */
import type { Bench } from "../bench.ts";
import { measureAtPort } from "./at-port.ts";
import { measureOverHttp } from "./over-http.ts";

export const bench: Bench = {
  name: "reservations",
  async run(options) {
    const atPort = await measureAtPort(options);
    const { rows, note } = await measureOverHttp(options);
    return {
      rows: [...atPort, ...rows],
      notes: [note, "Over HTTP by the native routes; the hook doors come to the same use cases"],
    };
  },
};
