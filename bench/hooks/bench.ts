/** W6: what a hook costs at its door, and from the start to the end of its process. */
import type { Bench } from "../bench.ts";
import { measureOverHttp } from "./over-http.ts";
import { measureWholeHook } from "./whole-hook.ts";

export const bench: Bench = {
  name: "hooks",
  async run(options) {
    const { rows, notes } = await measureOverHttp(options);
    return { rows: [...rows, ...(await measureWholeHook(options))], notes };
  },
};
