/** What came of the turns of real agents: what their models were sent, and what our server keeps of them. */
import type { RealWorld } from "./real-world.ts";

export interface LoggedEvent {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface KeptSession {
  readonly id: string;
  /** Null until it has a task. */
  readonly title: string | null;
  readonly status: string;
}

/** All that models were sent in the turn of this mark. */
export function sentTo(world: RealWorld, mark: string): string {
  const bodies = world.model.requests.map(({ body }) => JSON.stringify(body));
  return bodies.filter((body) => body.includes(mark)).join("\n");
}

/** The one whose task begins so; nothing while there is none. */
export async function sessionOf(world: RealWorld, task: string): Promise<KeptSession | undefined> {
  const { body } = await world.api.json("GET", "/sessions?limit=100");
  return (body as { data: readonly KeptSession[] }).data.find(({ title }) => title?.startsWith(task) === true);
}

export async function eventsOf(world: RealWorld, task: string): Promise<readonly LoggedEvent[]> {
  const session = await sessionOf(world, task);
  if (session === undefined) return [];
  const { body } = await world.api.json("GET", `/sessions/${session.id}/events?limit=500`);
  return (body as { data: readonly LoggedEvent[] }).data;
}

/** Rejects after half a minute. */
export async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + 30_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error("It did not come to pass within 30 s");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
