/** One session, as its facts; what is not there, not yours or deleted is "not found". */
import type { SessionId } from "../core/ids.ts";
import type { SessionReads } from "../core/ports/store.ts";
import type { Outcome } from "../core/refusal.ts";
import type { SessionRecord } from "../core/session.ts";
import type { Principal } from "./principal.ts";
import { readOwnSession } from "./read-session.ts";

export type GetSession = (principal: Principal, id: SessionId) => Promise<Outcome<SessionRecord>>;

export function makeGetSession({ store }: { readonly store: Pick<SessionReads, "readSession"> }): GetSession {
  return (principal, id) => readOwnSession(store, principal, id);
}
