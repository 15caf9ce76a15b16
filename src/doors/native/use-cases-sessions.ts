/** What the native door may call around sessions, beside what is done with one and its log. */
import type { DescribeSessions } from "../../app/describe-sessions.ts";
import type { ExportSession } from "../../app/export-session.ts";
import type { ForkSession } from "../../app/fork/fork-session.ts";
import type { GlobalChat } from "../../app/global-chat.ts";
import type { Pins } from "../../app/pins.ts";
import type { ReadSessionStats } from "../../app/session-stats.ts";

export interface SurroundingUseCases {
  readonly describeSessions: DescribeSessions;
  readonly readSessionStats: ReadSessionStats;
  readonly pins: Pick<Pins, "set">;
  readonly forkSession: ForkSession;
  readonly exportSession: ExportSession;
  readonly globalChat: GlobalChat;
}
