/**
 * How many turns of a project's spawned agents run at once (W4). Who comes over the limit waits in line, in the order of
 * coming. A turn whose agent waits for another session lends its place to what it waits for, as far as that is in line:
 * the session itself, those that it has started, and what these wait for in their turn. So a chain of sessions that wait
 * for one another has one place, which goes down to the last of them and comes back as each ends.
 *
 *   P works ──waits for C──▶ C has P's place ──C ends──▶ P has it again
 *                └─ P goes on before that (its time was up): it works beside C, and nobody else comes in for it
 *
 * Invariant: there are never more places out than the limit, or than it was when they were given. Nobody inside is ever
 * stopped for want of a place.
 */
import type { SessionId } from "../../core/ids.ts";

export interface GateOf {
  readonly key: string;
  readonly limit: number;
  readonly sessionId: SessionId;
  /** The sessions above this one, as far as it was started by one: who waits for them waits for it. */
  readonly above: readonly SessionId[];
}

/** A run of a session's turn; while one is being stopped the next one of the session may come. */
interface Turn {
  readonly sessionId: SessionId;
  readonly above: readonly SessionId[];
  /** Null: in line, or lent. */
  place: Place | null;
}

interface Place {
  /** Who has lent it, the last one last. */
  readonly lenders: Turn[];
}

interface Line {
  /** As it was last heard of. */
  limit: number;
  readonly places: Set<Place>;
  readonly inside: Set<Turn>;
  readonly waiting: Map<Turn, () => void>;
}

interface Wait {
  readonly sessionId: SessionId;
  readonly awaited: SessionId;
  /** Nothing: of an agent whose turns are not counted. */
  readonly turn: Turn | undefined;
}

export class TurnGate {
  readonly #lines = new Map<string, Line>();
  readonly #waits = new Set<Wait>();

  /** Contract: null when the signal aborted before there was a place; else call what is given once, when it is free. */
  async enter({ key, limit, sessionId, above }: GateOf, signal: AbortSignal): Promise<(() => void) | null> {
    if (signal.aborted) return null;
    const line = this.#lines.get(key) ?? emptyLine();
    this.#lines.set(key, line);
    line.limit = limit;
    const turn: Turn = { sessionId, above, place: null };
    if (!(await this.#standInLine(line, turn, signal))) return null;
    return () => {
      if (line.inside.has(turn)) this.#leave(key, line, turn);
    };
  }

  /** Counts at once, also for those in line. Null: there is none any more. */
  limitIs(key: string, limit: number | null): void {
    const line = this.#lines.get(key);
    if (line === undefined) return;
    line.limit = limit ?? Number.POSITIVE_INFINITY;
    this.#letIn(line);
  }

  /** The agent of the one does nothing but wait for the other, until what is given is disposed of. */
  waits(sessionId: SessionId, awaited: SessionId): Disposable {
    const wait: Wait = { sessionId, awaited, turn: this.#turnOf(sessionId) };
    this.#waits.add(wait);
    for (const line of this.#lines.values()) this.#letIn(line);
    return { [Symbol.dispose]: () => void this.#waits.delete(wait) };
  }

  /** Those whose turns stand in line, or only wait for another session. */
  idle(): ReadonlySet<SessionId> {
    const inLine = [...this.#lines.values()].flatMap(({ waiting }) => [...waiting.keys()]);
    return new Set([...inLine, ...this.#waits].map(({ sessionId }) => sessionId));
  }

  #standInLine(line: Line, turn: Turn, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const onAbort = () => {
        line.waiting.delete(turn);
        resolve(false);
      };
      line.waiting.set(turn, () => {
        signal.removeEventListener("abort", onAbort);
        resolve(true);
      });
      signal.addEventListener("abort", onAbort, { once: true });
      this.#letIn(line);
    });
  }

  #letIn(line: Line): void {
    for (const [turn, enter] of line.waiting) {
      turn.place = this.#placeFor(line, turn);
      if (turn.place === null) continue;
      line.waiting.delete(turn);
      line.inside.add(turn);
      enter();
    }
  }

  #placeFor(line: Line, turn: Turn): Place | null {
    if (line.places.size < line.limit) {
      const place: Place = { lenders: [] };
      line.places.add(place);
      return place;
    }
    for (const lender of line.inside) {
      const { place } = lender;
      if (place === null || !this.#isAwaited(turn, lender)) continue;
      place.lenders.push(lender);
      lender.place = null;
      return place;
    }
    return null;
  }

  #leave(key: string, line: Line, turn: Turn): void {
    line.inside.delete(turn);
    for (const wait of this.#waits) if (wait.turn === turn) this.#waits.delete(wait);
    if (turn.place !== null) giveBack(line, turn.place);
    turn.place = null;
    this.#letIn(line);
    if (line.inside.size === 0 && line.waiting.size === 0) this.#lines.delete(key);
  }

  /** Whether the one in line must run before the lender can go on. */
  #isAwaited(inLine: Turn, lender: Turn): boolean {
    const open = new Set(this.#waits);
    const reached = new Set<SessionId>();
    for (let isMore = true; isMore;) {
      isMore = false;
      for (const wait of open) {
        if (wait.turn !== lender && !isReached(wait.turn ?? { sessionId: wait.sessionId, above: [] }, reached))
          continue;
        open.delete(wait);
        reached.add(wait.awaited);
        isMore = true;
      }
    }
    return isReached(inLine, reached);
  }

  #turnOf(sessionId: SessionId): Turn | undefined {
    for (const { inside } of this.#lines.values()) {
      const found = [...inside].findLast((turn) => turn.sessionId === sessionId);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

function emptyLine(): Line {
  return { limit: 0, places: new Set(), inside: new Set(), waiting: new Map() };
}

function isReached({ sessionId, above }: Pick<Turn, "sessionId" | "above">, reached: ReadonlySet<SessionId>): boolean {
  return reached.has(sessionId) || above.some((id) => reached.has(id));
}

/** To the last one who has lent it and is still there. */
function giveBack(line: Line, place: Place): void {
  for (let lender = place.lenders.pop(); lender !== undefined; lender = place.lenders.pop()) {
    if (!line.inside.has(lender)) continue;
    lender.place = place;
    return;
  }
  line.places.delete(place);
}
