/** Reads a log back over HTTP, to see that what was acknowledged is there, once and in place. */
import { verify } from "./bench.ts";
import type { HttpClient } from "./http-client.ts";

interface EventPage {
  readonly data: readonly { readonly id: string; readonly seq: number; readonly type: string }[];
}

const PAGE = 1_000;

export async function readEvents(client: HttpClient, sessionId: string, after: number): Promise<EventPage["data"]> {
  const events: EventPage["data"][number][] = [];
  for (;;) {
    const from = events.at(-1)?.seq ?? after;
    const path = `/api/v1/sessions/${sessionId}/events?after_seq=${from}&limit=${PAGE}`;
    const { data } = await client.json<EventPage>("GET", path);
    events.push(...data);
    if (data.length < PAGE) break;
  }
  verify(new Set(events.map(({ id }) => id)).size === events.length, "an event is in the log twice");
  return events;
}

export async function readSeqs(client: HttpClient, sessionId: string, after: number): Promise<readonly number[]> {
  return (await readEvents(client, sessionId, after)).map(({ seq }) => seq);
}
