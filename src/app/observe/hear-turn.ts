/**
 * The begin and the end of what an agent does: a session that starts or comes back, a prompt, an answer, an end. These
 * are the moments at which an agent can be told what the others do.
 */
import type { Message } from "../../core/events/content.ts";
import type { MintId } from "../../core/ids.ts";
import type { Reservation } from "../../core/team/reservation.ts";
import type { ReservationStep, TeamReads } from "../../core/ports/team.ts";
import { afterFailure } from "../../core/team/grant.ts";
import { isNameWithin } from "../../core/team/grant-names.ts";
import { releasedFacts } from "../../core/team/reservation-facts.ts";
import { withoutSecrets } from "../../lib/secret-words.ts";
import { readHeld } from "../team/release-reservations.ts";
import { commitHeard } from "./commit-heard.ts";
import type { CommitHeardDeps, Ending, HeardResult, HeardWrite } from "./commit-heard.ts";
import { gatherNews } from "./news.ts";
import type { News, NewsDeps } from "./news.ts";
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

export async function hearStart(deps: TurnDeps, told: Told): Promise<Reply> {
  // Enagrams' start names the task; it begins no turn.
  const task = taskOf(textOf(told));
  const presence = { ...presenceOf(told), isEnded: false, ...(task === "" ? {} : { task }) };
  return commitTelling(deps, told, async (news) => ({
    delivered: news.delivered,
    facts: [],
    ...(task === "" ? {} : { title: task }),
    team: { presence, noticesShown: news.noticesShown },
  }));
}

/**
 * A user who prompts has seen to whatever asked for permission: what was granted for that and not used is free (D6), but
 * for agents within this one, which work on. A prompt that nobody wrote frees nothing, and is no task.
 */
export async function hearPrompt(deps: TurnDeps, told: Told): Promise<Reply> {
  const text = textOf(told);
  const { isOwnPrompt = false } = told.event;
  const task = isOwnPrompt ? "" : taskOf(text);
  return commitTelling(deps, told, async (news) => {
    const held = isOwnPrompt ? [] : await readHeld(deps, told.watched.session);
    const unused = held.filter((row) => afterFailure(row, null) === undefined);
    return {
      prompt: says(deps, "user", text),
      keyId: told.principal.keyId,
      delivered: news.delivered,
      facts: releasedFacts(unused, "unused"),
      ...(task === "" ? {} : { title: task }),
      team: {
        presence: { ...presenceOf(told), isEnded: false, ...(task === "" ? {} : { task }) },
        reservations: [...(isOwnPrompt ? [] : [{ kind: "drop" as const, toolUseId: null }]), slide(told)],
        noticesShown: news.noticesShown,
      },
    };
  });
}

/** To a spawned agent, whose turns its harness tells (ruling 30): the news, and nothing of the session. */
export async function hearSpawnedPrompt(deps: TurnDeps, told: Told): Promise<Reply> {
  if (told.watched.session.facts.lifecycle !== "open") return ALLOW;
  return commitTelling(deps, told, async ({ noticesShown }) => ({
    delivered: [],
    facts: [],
    team: { presence: { ...presenceOf(told), isEnded: false }, reservations: [slide(told)], noticesShown },
  }));
}

/** Cut before and after: what is looked through for secrets stays small, and none is cut in two where it is shown. */
function textOf({ event: { prompt = "" } }: Told): string {
  return withoutSecrets(prompt.slice(0, 2 * TEXT_LENGTH))
    .slice(0, TEXT_LENGTH)
    .toWellFormed();
}

function taskOf(text: string): string {
  return text
    .slice(0, 20 * TASK_LENGTH)
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, TASK_LENGTH)
    .toWellFormed();
}

/** An agent within this one has ended: what it was granted and has not used is free (D6). Nothing: there was none. */
export async function hearWithinEnd(deps: TurnDeps, told: Told): Promise<Reply | null> {
  const { session } = told.watched;
  const { subagentId } = told.event;
  if (subagentId === undefined || session.facts.lifecycle !== "open") return null;
  const namesIn = (held: readonly Reservation[]) =>
    new Set(held.flatMap((row) => row.provisionalFor.filter((name) => isNameWithin(name, subagentId))));
  if (namesIn(await readHeld(deps, session)).size === 0) return null;
  await commitFreeing(deps, told, async () => {
    const held = await readHeld(deps, session);
    const names = namesIn(held);
    const unused = held.filter(
      ({ provisionalFor }) => provisionalFor.length > 0 && provisionalFor.every((name) => names.has(name)),
    );
    const drops = [...names].map((toolUseId) => ({ kind: "drop" as const, toolUseId }));
    const team = { presence: presenceOf(told), reservations: [...drops, slide(told)] };
    return { delivered: [], facts: releasedFacts(unused, "unused"), team };
  });
  return ALLOW;
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
    freed = await heldByAll(deps, told);
    return {
      delivered: [],
      facts: releasedFacts(freed, "session_ended"),
      ending: {
        kind: "session",
        ...answerOf(deps, told),
        ...(event.reason === undefined ? {} : { reason: event.reason }),
      },
      team: { presence: { ...presenceOf(told), isEnded: true }, reservations: freeing(freed) },
    };
  });
  return { ...ALLOW, releasedFiles: freed.map(({ path }) => path.path) };
}

/** By name, so that of two ends at once only one says it. */
function freeing(rows: readonly Reservation[]): readonly ReservationStep[] {
  return [{ kind: "release", ids: rows.map(({ id }) => id) }, { kind: "release_all" }];
}

/** With what the agent is told, and marked as told; gathered anew when another of its hooks was faster. */
async function commitTelling(deps: TurnDeps, told: Told, make: (news: News) => Promise<HeardWrite>): Promise<Reply> {
  let text: string | null = null;
  await commitFreeing(deps, told, async () => {
    const news = await gatherNews(deps, told);
    ({ text } = news);
    return make(news);
  });
  return text === null ? ALLOW : { ...ALLOW, context: text };
}

/** Rows are named in the events, so a write that meets others is made again. */
async function commitFreeing(deps: TurnDeps, told: Told, make: () => Promise<HeardWrite>): Promise<HeardResult> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const result = await commitHeard(deps, told.watched, await make());
    if (result.kind !== "reservations_moved" && result.kind !== "news_moved") return result;
  }
  throw new Error(`Reservations of session ${told.watched.session.id} moved ${ATTEMPTS} times while they were freed`);
}

function slide({ watched }: Told): ReservationStep {
  return { kind: "slide", holderId: holderOf(watched.session) };
}

/** Of the session, and of those whose holder it is: all of it goes with its end. */
async function heldByAll(deps: TurnDeps, { watched: { session } }: Told): Promise<readonly Reservation[]> {
  const rows = [...(await readHeld(deps, session)), ...(await readHeld(deps, session, "holderId"))];
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}

function answerOf(deps: TurnDeps, { event }: Told): { readonly answer?: Message } {
  const { answer } = event;
  return answer === undefined || answer === ""
    ? {}
    : { answer: says(deps, "agent", answer.slice(0, TEXT_LENGTH).toWellFormed()) };
}

function says({ mint }: TurnDeps, role: "user" | "agent", text: string): Message {
  return { id: mint("message"), role, content: [{ type: "text", text }] };
}
