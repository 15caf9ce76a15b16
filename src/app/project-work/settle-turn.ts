/**
 * What is done with a checkout at the end of each turn, before its end is committed, so that nobody else's turn is in it:
 * with `auto_commit` everything that changed is committed, everything as it is is kept under a hidden ref, and what
 * became of the branch is looked up. Says it as facts of the turn; writes nothing itself.
 */
import type { Fact } from "../../core/events/envelope.ts";
import type { SessionId } from "../../core/ids.ts";
import type { SessionWrite } from "../../core/ports/store.ts";
import type { SessionRecord } from "../../core/session.ts";
import { deliveryNews } from "./read-delivery.ts";
import type { WithCheckout, WorkDeps } from "./session-checkouts.ts";

export interface SettledTurn {
  readonly facts: readonly Fact[];
  readonly work?: NonNullable<SessionWrite["work"]>;
}

export interface TurnWords {
  readonly turnId: string;
  /** What it was asked for, and what it said last. */
  readonly asked: string;
  readonly said: string;
}

/** Contract: resolves also where git cannot: a turn ends in any case, and the fault is reported. */
export type SettleTurn = (sessionId: SessionId, words: TurnWords) => Promise<SettledTurn>;

const NOTHING: SettledTurn = { facts: [] };

export function makeSettleTurn(deps: WorkDeps & { readonly onFault: (fault: unknown) => void }): SettleTurn {
  return async (sessionId, words) => {
    const record = await deps.store.readSession(sessionId);
    const checkout = record?.work.checkout ?? null;
    if (record === undefined || checkout === null) return NOTHING;
    return deps.queue
      .run(sessionId, () => settle(deps, { record, checkout }, words))
      .catch((fault: unknown) => {
        deps.onFault(fault);
        return NOTHING;
      });
  };
}

async function settle(deps: WorkDeps, held: WithCheckout, words: TurnWords): Promise<SettledTurn> {
  const { record, checkout } = held;
  const facts: Fact[] = [];
  if (record.edit.settings.autoCommit === true) {
    const message = messageOf(record, words);
    const committed = await deps.checkouts.commit(checkout, { message, author: authorOf(record) });
    if (committed.ok) facts.push({ type: "checkout.committed", data: { ...committed.value, message } });
  }
  await deps.checkouts.snapshot(checkout, words.turnId);
  const state = await deps.checkouts.state(checkout);
  const news = state.ok ? deliveryNews(record.work.delivery, state.value, deps.clock.now()) : null;
  if (news === null) return { facts };
  facts.push({ type: "delivery.updated", data: news.data });
  return { facts, work: { delivery: news.change } };
}

export function authorOf({ harness, edit }: SessionRecord) {
  const name = harness === "hosted" ? (edit.settings.role ?? "agent") : harness;
  return { name: `${name} (Serai)`, email: "serai@localhost" };
}

const MOST_SUBJECT = 72;
const MOST_BODY = 2_000;

function messageOf({ id, edit }: SessionRecord, { asked, said }: TurnWords): string {
  const subject = firstLine(asked) || firstLine(edit.title ?? "") || "Work of a turn";
  const body = said.trim().slice(0, MOST_BODY);
  return [cut(subject), ...(body === "" ? [] : [body]), `Serai-Session: ${id}`].join("\n\n");
}

function firstLine(text: string): string {
  return text.trim().split(/\r?\n/, 1)[0]?.trim() ?? "";
}

function cut(text: string): string {
  const characters = Array.from(text);
  return characters.length <= MOST_SUBJECT ? text : `${characters.slice(0, MOST_SUBJECT - 1).join("")}…`;
}
