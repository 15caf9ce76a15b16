/** What the native door takes and gives of working beside others, under the names of TypeScript. Types alone. */
import type { FeedEvent as WireFeedEvent } from "../doors/native/schema/feed.ts";
import type { NativeReservation } from "../doors/native/schema/reservation.ts";
import type { Decision as WireDecision, DecisionList as WireDecisionList } from "../doors/native/schema/team.ts";
import type {
  EditDecision as WireEditDecision,
  RecordDecision as WireRecordDecision,
} from "../doors/native/schema/team.ts";
import type { JoinTeam as WireJoinTeam, TeamMember as WireTeamMember } from "../doors/native/schema/team-member.ts";
import type { SessionEvent } from "./shapes.ts";
import type { Camel } from "./wire-case.ts";

export type Reservation = Camel<NativeReservation>;
export type Decision = Camel<WireDecision>;
export type DecisionList = Camel<WireDecisionList>;
export type RecordDecision = Camel<WireRecordDecision>;
export type EditDecision = Camel<WireEditDecision>;
export type TeamMember = Camel<WireTeamMember>;
export type JoinTeam = Camel<WireJoinTeam>;
/** An event of a session, at its place among those of the others. */
export type FeedEvent = SessionEvent & Camel<Pick<WireFeedEvent, "position" | "user_id">>;

/** Facts of a working tree, or the name or URL of a repository. */
export interface WorkingTree {
  readonly root?: string;
  readonly commonDir?: string;
  readonly origin?: string;
  readonly host?: string;
  readonly branch?: string;
  readonly ignoreCase?: boolean;
}
