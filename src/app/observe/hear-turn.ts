/**
 * The begin and the end of what an agent does: a session that starts or comes back, a prompt, an answer, an end. These
 * are the moments at which an agent can be told what the others do.
 */
import type { Message } from "../../core/events/content.ts";
import type { Fact } from "../../core/events/envelope.ts";
import type { MintId } from "../../core/ids.ts";
import type { Reservation } from "../../core/team/reservation.ts";
import type { ReservationStep, TeamReads } from "../../core/ports/team.ts";
import { withoutSecrets } from "../../lib/secret-words.ts";
import { commitHeard } from "./commit-heard.ts";
import type { CommitHeardDeps, Ending, HeardResult, HeardWrite } from "./commit-heard.ts";
import { gatherNews } from "./news.ts";
import type { NewsDeps } from "./news.ts";
import { ALLOW, holderOf, presenceOf } from "./told.ts";
import type { Reply, Told } from "./told.ts";

export interface TurnDeps extends CommitHeardDeps, NewsDeps {
  readonly store: CommitHeardDeps["store"] & NewsDeps["store"] & Pick<TeamReads, "listReservations">;
  readonly mint: MintId;
}

/** A task is a line in everybody's briefing; the log keeps more of the prompt, and an IDE has all of it. */
const TASK_LENGTH = 200;
const TEXT_LENGTH = 32_000;
const ATTEMPTS = 20;
const MOST_HELD = 1_000;

export async function hearStart(deps: TurnDeps, told: Told): Promise<Reply> {
  const news = await gatherNews(deps, told);
  // Enagrams' start names the task; it begins no turn.
  const task = taskOf(withoutSecrets(told.event.prompt ?? ""));
  const presence = { ...presenceOf(told), isEnded: false, ...(task === "" ? {} : { task }) };
  const heard = { delivered: news.delivered, facts: [], ...(task === "" ? {} : { title: task }) };
  await commitHeard(deps, told.watched, { ...heard, team: { presence, noticesShown: news.noticesShown } });
  return news.text === null ? ALLOW : { ...ALLOW, context: news.text };
}

/** A user who prompts has seen to whatever asked for permission: what was granted for that and not used is free (D6). */
export async function hearPrompt(deps: TurnDeps, told: Told): Promise<Reply> {
  const text = withoutSecrets(told.event.prompt ?? "").slice(0, TEXT_LENGTH);
  const task = taskOf(text);
  const news = await gatherNews(deps, told);
  await commitFreeing(deps, told, async () => {
    const unused = (await heldBy(deps, told)).filter(({ provisionalFor }) => provisionalFor.length > 0);
    return {
      prompt: says(deps, "user", text),
      delivered: news.delivered,
      facts: releasedFacts(unused, "unused"),
      ...(task === "" ? {} : { title: task }),
      team: {
        presence: { ...presenceOf(told), isEnded: false, ...(task === "" ? {} : { task }) },
        reservations: [{ kind: "drop", toolUseId: null }, slide(told)],
        noticesShown: news.noticesShown,
      },
    };
  });
  return news.text === null ? ALLOW : { ...ALLOW, context: news.text };
}

function taskOf(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim().slice(0, TASK_LENGTH);
}

export async function hearTurnEnd(deps: TurnDeps, told: Told): Promise<Reply> {
  if (told.endsAtTurnEnd) return hearEnd(deps, told);
  const answer = answerOf(deps, told);
  const ending: Ending = { kind: "turn", ...answer };
  const team = { presence: presenceOf(told), reservations: [slide(told)] };
  await commitHeard(deps, told.watched, { delivered: [], facts: [], ending, team });
  return ALLOW;
}

export async function hearEnd(deps: TurnDeps, told: Told): Promise<Reply> {
  const { event } = told;
  let freed: readonly Reservation[] = [];
  await commitFreeing(deps, told, async () => {
    freed = await heldBy(deps, told);
    return {
      delivered: [],
      facts: releasedFacts(freed, "session_ended"),
      ending: {
        kind: "session",
        ...answerOf(deps, told),
        ...(event.reason === undefined ? {} : { reason: event.reason }),
      },
      team: { presence: { ...presenceOf(told), isEnded: true }, reservations: [{ kind: "release_all" }] },
    };
  });
  return { ...ALLOW, releasedFiles: freed.map(({ path }) => path.path) };
}

/** Rows are named in the events, so a write that meets others is made again. */
async function commitFreeing(deps: TurnDeps, told: Told, make: () => Promise<HeardWrite>): Promise<HeardResult> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const result = await commitHeard(deps, told.watched, await make());
    if (result.kind !== "reservations_moved") return result;
  }
  throw new Error(`Reservations of session ${told.watched.session.id} moved ${ATTEMPTS} times while they were freed`);
}

function slide({ watched }: Told): ReservationStep {
  return { kind: "slide", holderId: holderOf(watched.session) };
}

function heldBy({ store }: TurnDeps, { watched }: Told): Promise<readonly Reservation[]> {
  const { id, workspaceId } = watched.session;
  return store.listReservations({ workspaceId, sessionId: id, limit: MOST_HELD });
}

function releasedFacts(rows: readonly Reservation[], reason: "unused" | "session_ended"): readonly Fact[] {
  const repositories = new Set(rows.map(({ repository }) => repository));
  return [...repositories].map((repository) => {
    const here = rows.filter((row) => row.repository === repository);
    const paths = here.map(({ path }) => path.path);
    return {
      type: "reservation.released",
      data: { reservation_ids: here.map(({ id }) => id), paths, repository, reason },
    };
  });
}

function answerOf(deps: TurnDeps, { event }: Told): { readonly answer?: Message } {
  const { answer } = event;
  return answer === undefined || answer === "" ? {} : { answer: says(deps, "agent", answer.slice(0, TEXT_LENGTH)) };
}

function says({ mint }: TurnDeps, role: "user" | "agent", text: string): Message {
  return { id: mint("message"), role, content: [{ type: "text", text }] };
}
