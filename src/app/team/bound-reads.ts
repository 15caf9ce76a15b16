/**
 * What may be read of sessions with a key that is bound to one of them (H10): that one, those below it, and those of its
 * project, since they share a repository and a budget. Everything else is not there. Keys of people read on as they do.
 */
import type { SessionId } from "../../core/ids.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import { accept } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { SessionRecord } from "../../core/session.ts";
import type { ListSessions } from "../list-sessions.ts";
import type { Principal } from "../principal.ts";
import { notFound, readOwnSession } from "../read-session.ts";
import type { OpenedFile, ReadFileInput } from "../read-session-file.ts";
import type { ReadTranscript } from "./transcript.ts";

export interface SessionReading {
  readonly listSessions: ListSessions;
  readonly readTranscript: ReadTranscript;
  readFile(principal: Principal, input: ReadFileInput): Promise<Outcome<OpenedFile>>;
}

type Store = Pick<SessionReads, "readSession">;

export function withinBounds(store: Store, reads: SessionReading): SessionReading {
  return {
    async listSessions(principal, query) {
      const own = await ownOf(store, principal);
      if (!own.ok) return own;
      if (own.value === null) return reads.listSessions(principal, query);
      const { id, edit } = own.value;
      // Without a project there is only what it has started itself, and that names it.
      const bounds = edit.projectId === null ? { rootId: id } : { projectId: edit.projectId };
      return reads.listSessions(principal, { ...query, ...bounds });
    },
    async readTranscript(principal, id) {
      const seen = await checkSeen(store, principal, id);
      return seen.ok ? reads.readTranscript(principal, id) : seen;
    },
    async readFile(principal, input) {
      const seen = await checkSeen(store, principal, input.sessionId);
      return seen.ok ? reads.readFile(principal, input) : seen;
    },
  };
}

/** Nothing: the key is bound to none. */
async function ownOf(store: Store, principal: Principal): Promise<Outcome<SessionRecord | null>> {
  return principal.boundTo === undefined ? accept(null) : readOwnSession(store, principal, principal.boundTo);
}

async function checkSeen(store: Store, principal: Principal, id: SessionId): Promise<Outcome<null>> {
  const own = await ownOf(store, principal);
  if (!own.ok) return own;
  if (own.value === null || own.value.id === id) return accept(null);
  const other = await readOwnSession(store, principal, id);
  if (!other.ok) return other;
  const { projectId } = own.value.edit;
  const isNear =
    other.value.rootId === own.value.id || (projectId !== null && other.value.edit.projectId === projectId);
  return isNear ? accept(null) : notFound(id);
}
