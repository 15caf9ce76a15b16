/**
 * Asks the person at the terminal what a turn waits for, one question after the other, while the turn goes on being
 * shown. Where nobody can be asked it says which command answers.
 *
 *   approval.requested ──▶ waits ──▶ asked ──▶ answered here
 *                            └──────────┴─────▶ settled elsewhere: by somebody else, by time, by a cancel
 *
 * Invariant: nothing is asked that the server says is settled, and no answer but the person's own is sent.
 */
import { SeraiError } from "../client/errors.ts";
import type { Serai } from "../client/serai.ts";
import type { AnswerApproval, Approval, StreamItem } from "../client/shapes.ts";
import { argumentLines, questionOf, readAnswer } from "./approval-words.ts";
import { plainLine } from "./screen.ts";
import type { Screen } from "./screen.ts";
import type { Shell } from "./shell.ts";
import type { TurnView } from "./turn-view.ts";

export interface ApprovalDeskDeps {
  readonly serai: Pick<Serai, "approvals">;
  readonly view: Pick<TurnView, "note">;
  readonly screen: Screen;
  /** Null: nobody is there to be asked. */
  readonly askLine: Shell["askLine"];
}

export interface ApprovalDesk {
  take(item: StreamItem): void;
  /** Asks no more; resolves when the open question is taken back. */
  close(): Promise<void>;
}

interface Waiting {
  readonly id: string;
  readonly sessionId: string;
}

const PROMPT = "  Allow? [y]es [n]o [s]ession [a]lways: ";
const MEANING = [
  "  y  allow this call",
  "  n  deny it; words after it are told to the agent: n use the copy",
  "  s  allow this tool for the rest of the session",
  "  a  allow this tool for all your sessions with this agent",
];

export function openApprovalDesk(deps: ApprovalDeskDeps): ApprovalDesk {
  return new Desk(deps);
}

class Desk implements ApprovalDesk {
  readonly #deps: ApprovalDeskDeps;
  #askLine: Shell["askLine"];
  #waiting: readonly Waiting[] = [];
  #asked: { readonly id: string; readonly taken: AbortController } | null = null;
  #work: Promise<void> | null = null;

  constructor(deps: ApprovalDeskDeps) {
    this.#deps = deps;
    this.#askLine = deps.askLine;
  }

  take(item: StreamItem): void {
    if (item.type === "approval.requested") {
      this.#waiting = [...this.#waiting, { id: item.data.approvalId, sessionId: item.sessionId }];
      this.#work ??= this.#askAll();
    }
    if (item.type === "approval.answered" || item.type === "approval.expired") this.#settle(item.data.approvalId);
  }

  async close(): Promise<void> {
    this.#waiting = [];
    this.#asked?.taken.abort();
    await this.#work;
  }

  #settle(id: string): void {
    this.#waiting = this.#waiting.filter((each) => each.id !== id);
    if (this.#asked?.id === id) this.#asked.taken.abort();
  }

  /** Never rejects: what cannot be asked here can still be answered by command. */
  async #askAll(): Promise<void> {
    for (let [next] = this.#waiting; next !== undefined; [next] = this.#waiting) {
      const { id } = next;
      this.#waiting = this.#waiting.slice(1);
      const taken = new AbortController();
      this.#asked = { id, taken };
      try {
        await this.#askOne(next, taken.signal);
      } catch (error) {
        this.#sayWhy(error);
        this.#sayHow(id);
      }
    }
    this.#asked = null;
    this.#work = null;
  }

  async #askOne({ sessionId, id }: Waiting, taken: AbortSignal): Promise<void> {
    const approval = await this.#deps.serai.approvals.get(sessionId, id);
    if (approval.status !== "pending" || taken.aborted) return;
    this.#show(approval);
    if (this.#askLine === null) return this.#sayHow(id);
    for (;;) {
      const answer = await this.#ask(taken);
      if (answer === null) return this.#leaveOpen(id, taken);
      if (await this.#send(approval, answer)) return;
    }
  }

  /** Null: taken back, or the person has closed the input. */
  async #ask(taken: AbortSignal): Promise<AnswerApproval | null> {
    for (;;) {
      const text = await (this.#askLine?.(this.#deps.screen.paintNote("bold", PROMPT), taken) ?? null);
      if (text === null) return null;
      const answer = readAnswer(text);
      if (answer !== null) return answer;
      for (const line of MEANING) this.#deps.view.note(line);
    }
  }

  /** False: refused in a way that another answer may not be. */
  async #send({ sessionId, id }: Approval, answer: AnswerApproval): Promise<boolean> {
    try {
      await this.#deps.serai.approvals.answer(sessionId, id, answer);
      return true;
    } catch (error) {
      if (!(error instanceof SeraiError)) throw error;
      this.#sayWhy(error);
      return error.status !== 400;
    }
  }

  /** Whoever is to decide sees all that the call was given. */
  #show(approval: Approval): void {
    const { view, screen } = this.#deps;
    view.note(`${screen.paintNote("yellow", "?")} ${questionOf(approval)}`);
    for (const line of argumentLines(approval, screen.columns ?? 80)) view.note(line);
  }

  #leaveOpen(id: string, taken: AbortSignal): void {
    if (taken.aborted) return;
    this.#askLine = null;
    this.#sayHow(id);
  }

  #sayHow(id: string): void {
    const { view, screen } = this.#deps;
    view.note(screen.paintNote("dim", `  waits for  serai approve ${id}  or  serai deny ${id}`));
  }

  #sayWhy(error: unknown): void {
    const { view, screen } = this.#deps;
    const words = error instanceof Error ? plainLine(error.message) : String(error);
    view.note(`  ${screen.paintNote("red", "✗")} ${words}`);
  }
}
