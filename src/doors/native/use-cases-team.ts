/** What the native door may call of working beside others. */
import type { Briefs } from "../../app/team/brief.ts";
import type { Conventions } from "../../app/team/conventions.ts";
import type { Decisions } from "../../app/team/decisions.ts";
import type { JoinTeam } from "../../app/team/join-team.ts";
import type { ListTeam } from "../../app/team/list-team.ts";
import type { FollowFeed } from "../../app/team/follow-feed.ts";
import type { ReadFeed } from "../../app/team/read-feed.ts";

export interface TeamUseCases {
  readonly readFeed: ReadFeed;
  readonly followFeed: FollowFeed;
  readonly decisions: Decisions;
  readonly conventions: Conventions;
  readonly briefs: Briefs;
  readonly listTeam: ListTeam;
  readonly joinTeam: JoinTeam;
}
