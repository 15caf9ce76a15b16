/** Reading a whole log in tests, and waiting until it says something. */
import type { Follower } from "../../src/app/follow.ts";
import { parseLine } from "../../src/core/events/envelope.ts";
import type { SessionEvent } from "../../src/core/events/envelope.ts";
import type { SessionId } from "../../src/core/ids.ts";
import type { Store } from "../../src/core/ports/store.ts";
import type { Engine } from "./engine-world.ts";
import { principal } from "./engine-world.ts";

export async function readAll(store: Pick<Store, "readLog">, sessionId: SessionId): Promise<readonly SessionEvent[]> {
  const page = await store.readLog({ sessionId, after: 0, limit: 100_000, maxBytes: 100_000_000 });
  return page.lines.map(parseLine);
}

export async function typesOf(store: Pick<Store, "readLog">, sessionId: SessionId): Promise<readonly string[]> {
  return (await readAll(store, sessionId)).map(({ type }) => type);
}

/** Follows from the start until an event makes `isEnough` true; gives all events up to it. */
export async function followUntil(
  engine: Engine,
  sessionId: SessionId,
  isEnough: (event: SessionEvent) => boolean,
): Promise<readonly SessionEvent[]> {
  const opened = await engine.openFollow(principal, sessionId, { cursor: { kind: "start" } });
  if (!opened.ok) throw new Error(`Cannot follow ${sessionId}: ${opened.refusal.code}`);
  try {
    return await collect(opened.value, isEnough);
  } finally {
    opened.value[Symbol.dispose]();
  }
}

async function collect(
  follower: Follower,
  isEnough: (event: SessionEvent) => boolean,
): Promise<readonly SessionEvent[]> {
  const events: SessionEvent[] = [];
  for (;;) {
    const page = follower.readTail() ?? (await follower.read());
    for (const event of page.lines.map(parseLine)) {
      events.push(event);
      if (isEnough(event)) return events;
    }
    if (page.isAtHead) await follower.grown();
  }
}
