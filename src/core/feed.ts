/** Which events of a write its workspace's feed is to point at. */
import { isFeedType } from "./events/feed-types.ts";
import type { SessionWrite } from "./ports/store.ts";

/** Their places in `events`. What a fork copies happened in another session, and was in the feed then. */
export function fedEvents({ create, events }: Pick<SessionWrite, "create" | "events">): readonly number[] {
  const copiedTo = create?.edit.settings.forkedFrom?.seq ?? 0;
  const places: number[] = [];
  for (const [index, { type }] of events.entries()) {
    const isCopy = index > 0 && index < copiedTo;
    if (!isCopy && isFeedType(type)) places.push(index);
  }
  return places;
}
