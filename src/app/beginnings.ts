/**
 * Sessions that are made to begin at once: made by one commit, and given their first prompt by another, with a checkout of
 * some minutes in between. Whoever makes them says so while it is at it. What a crash cuts off is begun by a timer that
 * stands in the first commit; it finds that nobody is at it any more.
 */
import type { MintId, SessionId } from "../core/ids.ts";
import type { PulseStore, SessionReads } from "../core/ports/store.ts";
import { accept } from "../core/refusal.ts";
import type { SessionRecord } from "../core/session.ts";
import { actingFor } from "./children/start-child.ts";
import { BEGIN_CHECK_MS } from "./create-session.ts";
import { decideAndCommit } from "./decide-and-commit.ts";
import type { ControlDeps } from "./decide-and-commit.ts";
import type { FireTimer } from "./fire-timer.ts";
import type { SendMessage } from "./send-message.ts";

export class Beginnings {
  readonly #underWay = new Set<SessionId>();

  begins(id: SessionId): Disposable {
    this.#underWay.add(id);
    return { [Symbol.dispose]: () => void this.#underWay.delete(id) };
  }

  isUnderWay(id: SessionId): boolean {
    return this.#underWay.has(id);
  }
}

export interface BeginAgainDeps extends ControlDeps {
  readonly store: ControlDeps["store"] & Pick<SessionReads, "readSession"> & Pick<PulseStore, "takeTimer">;
  readonly mint: MintId;
  readonly sendMessage: SendMessage;
  readonly beginnings: Pick<Beginnings, "isUnderWay">;
}

/** A budget that is used up may be raised, and a pause may end. */
const LATER_MS = 60_000;

export function makeBeginAgain(deps: BeginAgainDeps): FireTimer {
  return async (timer) => {
    const record = await deps.store.readSession(timer.sessionId);
    const prompt = record?.edit.settings.initialPrompt ?? "";
    if (record === undefined || prompt === "" || hasBegun(record)) return void (await deps.store.takeTimer(timer));
    if (deps.beginnings.isUnderWay(record.id)) return lookAgain(deps, record.id, BEGIN_CHECK_MS);
    if (record.facts.hold !== "none") return lookAgain(deps, record.id, LATER_MS);
    const message = { content: [{ type: "text" as const, text: prompt }] };
    const sent = await deps.sendMessage(actingFor(record), record.id, { message, whenBusy: "queue" });
    if (!sent.ok && sent.refusal.code === "project_budget_exhausted") return lookAgain(deps, record.id, LATER_MS);
    await deps.store.takeTimer(timer);
  };
}

/** Or is over. */
function hasBegun({ facts, head }: SessionRecord): boolean {
  const isOpen = facts.lifecycle === "open" && head.deletedAt === null;
  return !isOpen || facts.turn !== "none" || facts.turnCount > 0 || facts.queuedCount > 0;
}

async function lookAgain(deps: BeginAgainDeps, sessionId: SessionId, dueInMs: number): Promise<void> {
  const plan = { events: [], raises: false, timers: [{ kind: "begin", dueInMs }] } as const;
  await decideAndCommit(deps, { sessionId, decide: () => accept({ plan, answer: null }) });
}
