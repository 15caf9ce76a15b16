/** A session in an answer: its facts, and what is said beside them to the one who asks. */
import type { Outcome } from "../../core/refusal.ts";
import type { SessionRecord } from "../../core/session.ts";
import { json, refused } from "../../http/route.ts";
import type { JsonReply, RefusedReply, RouteRequest } from "../../http/route.ts";
import { encodeSession } from "./encode-session.ts";
import type { Session } from "./schema/session.ts";
import type { SurroundingUseCases } from "./use-cases-sessions.ts";

export interface ShowDeps {
  readonly uses: Pick<SurroundingUseCases, "describeSessions">;
  readonly now: () => number;
}

type Asked = Pick<RouteRequest, "principal" | "origin"> & { readonly headers?: Readonly<Record<string, string>> };

export async function showSessions(
  { uses, now }: ShowDeps,
  { principal, origin }: Asked,
  records: readonly SessionRecord[],
): Promise<Session[]> {
  const described = await uses.describeSessions(principal, records);
  return described.map((each) => encodeSession(each, { nowMs: now(), origin }));
}

export async function answerSession(
  deps: ShowDeps,
  request: Asked,
  outcome: Outcome<SessionRecord>,
): Promise<JsonReply<200, Session> | RefusedReply> {
  if (!outcome.ok) return refused(outcome.refusal);
  const [shown] = await showSessions(deps, request, [outcome.value]);
  return json(200, only(shown), request.headers);
}

/** With the place where it is from now on. */
export async function answerNewSession(
  deps: ShowDeps,
  request: Asked,
  outcome: Outcome<SessionRecord>,
): Promise<JsonReply<201, Session> | RefusedReply> {
  if (!outcome.ok) return refused(outcome.refusal);
  const [shown] = await showSessions(deps, request, [outcome.value]);
  const session = only(shown);
  return json(201, session, { ...request.headers, Location: `/api/v1/sessions/${session.id}` });
}

/** One was asked for, so one is there. */
function only(session: Session | undefined): Session {
  if (session === undefined) throw new Error("A session was described as none");
  return session;
}
