/** What the native door may call of working beside others. */
import type { FollowFeed } from "../../app/team/follow-feed.ts";
import type { ReadFeed } from "../../app/team/read-feed.ts";

export interface TeamUseCases {
  readonly readFeed: ReadFeed;
  readonly followFeed: FollowFeed;
}
