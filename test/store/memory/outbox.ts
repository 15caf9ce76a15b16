/** What must be known in a second session, in memory. */
import type { OutboxStore, SessionWrite } from "../../../src/core/ports/store.ts";
import { shownSessions } from "./world.ts";
import type { World } from "./world.ts";

export function putOutbox(world: World, { sessionId, outbox = [] }: SessionWrite): void {
  for (const { isForChildren = false, ...draft } of outbox) {
    const isParent = shownSessions(world).some(
      ({ record }) => record.parentId === draft.target && record.head.deletedAt === null,
    );
    if (isForChildren && !isParent) continue;
    world.outbox = [...world.outbox, { ...draft, place: ++world.lastPlace, sourceId: sessionId }];
  }
}

export function memoryOutbox(world: World): OutboxStore {
  return {
    async readOutbox(after, limit) {
      return world.outbox.filter(({ place }) => place > after).slice(0, limit);
    },
    async dropOutbox(places) {
      world.outbox = world.outbox.filter(({ place }) => !places.includes(place));
    },
  };
}
