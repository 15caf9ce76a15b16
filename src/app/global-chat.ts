/**
 * The one lasting conversation that each user has with the workspace (ruling 18). A row says which session it is, and is
 * written before the session: of many who ask at once one writes the row, and all make or find the session it names. If
 * that session is deleted, the next who asks puts another in its place.
 */
import type { MintId, SessionId } from "../core/ids.ts";
import { parseId } from "../core/ids.ts";
import type { RecordStore } from "../core/ports/records.ts";
import type { SessionReads } from "../core/ports/store.ts";
import { globalChatBody } from "../core/records/bodies.ts";
import { accept } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import type { SessionRecord } from "../core/session.ts";
import type { CreateSession, CreateSessionCommand } from "./create-session.ts";
import { makeOwnRecord } from "./own-record.ts";
import type { Principal } from "./principal.ts";
import { readOwnSession } from "./read-session.ts";

export interface GlobalChatDeps {
  readonly store: Pick<RecordStore, "findRecordByName" | "writeRecord"> &
    Pick<SessionReads, "readSession" | "readHead">;
  readonly mint: MintId;
  readonly createSession: CreateSession;
  /** The harness that chats; built in. */
  readonly harnessId: string;
}

export interface OpenGlobalChat {
  /** Of a session that is made now. */
  readonly locale?: string;
}

export type GlobalChat = (principal: Principal, command: OpenGlobalChat) => Promise<Outcome<SessionRecord>>;

const ATTEMPTS = 100;

export function makeGlobalChat(deps: GlobalChatDeps): GlobalChat {
  const record = makeOwnRecord({ ...deps, kind: "global_chat", idKind: "chat", schema: globalChatBody });
  return async (principal, command) => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const body = await record.change(principal, async (before) =>
        before !== null && (await isUsable(deps.store, before.session_id))
          ? null
          : { session_id: deps.mint("session") },
      );
      const sessionId = parseId("session", body?.session_id ?? "");
      if (sessionId === undefined) throw new Error(`The global chat of "${principal.userId}" names no session`);
      const found = await readOwnSession(deps.store, principal, sessionId);
      if (found.ok) return found;
      const made = await deps.createSession(principal, commandOf(deps, principal, { ...command, sessionId }));
      if (made.ok) return accept(made.value);
      // Deleted right after somebody else made it: the row names another one by the next time.
      if (made.refusal.code !== "not_found") return made;
    }
    throw new Error(`The global chat of "${principal.userId}" was deleted ${ATTEMPTS} times while it was being opened`);
  };
}

/** Not deleted: there, or about to be made by whoever wrote the row. */
async function isUsable(store: Pick<SessionReads, "readHead">, text: string): Promise<boolean> {
  const id = parseId("session", text);
  if (id === undefined) return false;
  const head = await store.readHead(id);
  return head === undefined || head.deletedAt === null;
}

function commandOf(
  { harnessId }: GlobalChatDeps,
  { userId }: Principal,
  { sessionId, locale }: OpenGlobalChat & { readonly sessionId: SessionId },
): CreateSessionCommand {
  return {
    sessionId,
    // Unique, so that of many who make the session at once one does.
    conversationId: `global-chat/${sessionId}`,
    harnessId,
    title: "Chat",
    tags: ["global-chat", `user:${userId}`],
    origin: "api",
    ...(locale === undefined ? {} : { locale }),
  };
}
