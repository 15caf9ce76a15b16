/** All that tools may do in a session's checkout, as one value. */
import type { CheckoutTools } from "../../core/ports/checkout-tools.ts";
import type { SessionId } from "../../core/ids.ts";
import { makeChange } from "./change-file.ts";
import { makeGitTools } from "./git-tools.ts";
import { makeRunCommand } from "./run-command.ts";
import { makeTreeSessionFiles, no } from "./tree-session-files.ts";
import type { CheckoutToolsDeps } from "./working-tree.ts";

/** Nothing, where the session has none. */
export type CheckoutOf = (sessionId: SessionId) => Promise<CheckoutTools | undefined>;

const READ_ONLY = {
  write: () => Promise.resolve(no("Nothing can be written here")),
  remove: () => Promise.resolve(no("Nothing can be removed here")),
};

export function makeCheckoutOf(deps: CheckoutToolsDeps): CheckoutOf {
  return async (sessionId) => {
    const session = await deps.store.readSession(sessionId);
    const checkout = session?.work.checkout ?? null;
    if (session === undefined || checkout === null) return undefined;
    const of = { session, checkout };
    return {
      files: { reading: makeTreeSessionFiles(checkout.path, READ_ONLY), change: makeChange(deps, of) },
      shell: { run: makeRunCommand(deps, of) },
      git: makeGitTools(deps, of),
    };
  };
}
