/** A harness that is loaded by the first turn it runs: a server that only keeps and shows sessions never needs it. */
import type { Harness } from "../core/ports/harness.ts";

export function makeLazyHarness(name: Harness["name"], load: () => Promise<Harness>): Harness & AsyncDisposable {
  let loading: Promise<Harness> | undefined;
  return {
    name,
    async *run(input, signal) {
      loading ??= load();
      yield* (await loading).run(input, signal);
    },
    async end(sessionId) {
      const harness = await loading;
      await harness?.end?.(sessionId);
    },
    async [Symbol.asyncDispose]() {
      const harness = await loading;
      await harness?.[Symbol.asyncDispose]?.();
    },
  };
}
