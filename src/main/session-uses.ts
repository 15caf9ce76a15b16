/** The use cases around sessions, with their dependencies given. */
import type { CommitWrite } from "../app/commit.ts";
import type { CreateSession } from "../app/create-session.ts";
import { makeDescribeSessions } from "../app/describe-sessions.ts";
import { makeExportSession } from "../app/export-session.ts";
import { makeForkSession } from "../app/fork/fork-session.ts";
import { makeGlobalChat } from "../app/global-chat.ts";
import { makeListSessions } from "../app/list-sessions.ts";
import type { ListSessions } from "../app/list-sessions.ts";
import { makePins } from "../app/pins.ts";
import { PLATFORM_CHAT_HARNESS_ID } from "../app/records/built-in-harnesses.ts";
import type { Records } from "../app/records/records.ts";
import { makeSessionStats } from "../app/session-stats.ts";
import type { MintId } from "../core/ids.ts";
import type { Limits } from "../core/limits.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { BlobKeeping } from "../core/ports/files.ts";
import type { Store } from "../core/ports/store.ts";
import type { Capability } from "../core/ports/tools.ts";
import type { SurroundingUseCases } from "../doors/native/use-cases-sessions.ts";

export interface SessionUsesDeps {
  readonly store: Store;
  readonly commit: CommitWrite;
  readonly clock: Clock;
  readonly mint: MintId;
  readonly limits: Limits;
  readonly blobs: BlobKeeping;
  readonly records: Pick<Records, "agents" | "harnesses" | "sessionStorage">;
  /** What a session names is looked up with these. */
  readonly parts: Records["sessionParts"];
  readonly capabilities: readonly Capability[];
  readonly createSession: CreateSession;
}

export function makeSessionUses(deps: SessionUsesDeps): SurroundingUseCases & { readonly listSessions: ListSessions } {
  const { store, createSession, mint } = deps;
  const pins = makePins(deps);
  return {
    pins,
    listSessions: makeListSessions({ store, pins }),
    describeSessions: makeDescribeSessions({ ...deps, pins }),
    readSessionStats: makeSessionStats({ store }),
    forkSession: makeForkSession({ ...deps, storage: deps.records.sessionStorage }),
    exportSession: makeExportSession({ store }),
    globalChat: makeGlobalChat({ store, mint, createSession, harnessId: PLATFORM_CHAT_HARNESS_ID }),
  };
}
