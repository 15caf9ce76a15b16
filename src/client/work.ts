/** What a session's agent has done to its working tree: looked at, committed, merged, thrown away, taken back. */
import type {
  CheckoutCommit as WireCommit,
  CheckoutMerge as WireMerge,
  CheckoutState as WireState,
  SessionDiff as WireDiff,
} from "../doors/native/schema/work.ts";
import { sessionPath } from "./sessions.ts";
import type { CheckoutCommit, CheckoutMerge, CheckoutState, MergeCheckout, SessionDiff } from "./shapes.ts";
import type { Transport } from "./transport.ts";

export interface Work {
  checkout(sessionId: string): Promise<CheckoutState>;
  /** Makes it now instead of with the first turn. */
  makeCheckout(sessionId: string): Promise<CheckoutState>;
  diff(sessionId: string, of?: "all" | "uncommitted"): Promise<SessionDiff>;
  commit(sessionId: string, message?: string): Promise<CheckoutCommit>;
  merge(sessionId: string, how?: MergeCheckout): Promise<CheckoutMerge>;
  /** The snapshot brings the changes back. */
  discard(sessionId: string): Promise<{ readonly snapshot: string }>;
  restoreFiles(sessionId: string, snapshot: string): Promise<CheckoutState>;
}

export function makeWork({ json }: Transport): Work {
  const at = sessionPath;
  return {
    checkout: (id) => json<WireState>({ method: "GET", path: at(id, "/checkout") }),
    makeCheckout: (id) => json<WireState>({ method: "POST", path: at(id, "/checkout") }),
    diff: (id, of = "all") => json<WireDiff>({ method: "GET", path: at(id, "/diff"), query: { of } }),
    commit: (id, message) =>
      json<WireCommit>({
        method: "POST",
        path: at(id, "/commit"),
        json: message === undefined ? {} : { message },
      }),
    merge: (id, how = {}) => json<WireMerge>({ method: "POST", path: at(id, "/merge"), json: how }),
    discard: (id) => json<{ snapshot: string }>({ method: "POST", path: at(id, "/discard") }),
    restoreFiles: (id, snapshot) =>
      json<WireState>({ method: "POST", path: at(id, "/restore-files"), json: { snapshot } }),
  };
}
