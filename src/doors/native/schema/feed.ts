/** A workspace's feed on the native wire: events of its sessions, each with its place among the others'. */
import { z } from "zod";
import { event } from "./event.ts";

export const feedEvent = event
  .extend({
    position: z.int().describe("Its place in the feed: grows with every commit, and has gaps"),
    user_id: z.string().nullable().describe("Who made the session"),
  })
  .meta({ id: "FeedEvent" });

export const feedList = z.object({ data: z.array(feedEvent) }).meta({ id: "FeedList", description: "Oldest first" });

export type FeedEvent = z.infer<typeof feedEvent>;
export type FeedList = z.infer<typeof feedList>;
