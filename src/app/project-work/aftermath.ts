/**
 * What follows from commits outside of the turns that made them: a session that ended leaves its program and its tree, one
 * whose turn was cut off is looked at, and a project whose branches moved has its forecast made anew. All of it is done
 * behind the commits, one round a project at a time; what a crash cuts off is done at the next start, or daily.
 */
import type { LogLine } from "../../core/events/envelope.ts";
import type { ProjectId, SessionId } from "../../core/ids.ts";
import type { DeliveryDeps } from "./commit-delivery.ts";
import { forgetConflicts, refreshForecast } from "./forecast.ts";
import { deliveryNews } from "./read-delivery.ts";
import { commitDelivery } from "./commit-delivery.ts";
import type { ReleaseCheckout } from "./release-checkout.ts";
import type { WakeHeld } from "./resume-budget.ts";

export interface AftermathDeps extends DeliveryDeps {
  readonly release: ReleaseCheckout;
  /** Of every harness that keeps something of a session between its turns. */
  readonly endPrograms: (sessionId: SessionId) => Promise<void>;
  /** What sessions that ended, and crashes, have left on the disk. */
  readonly collect: () => Promise<unknown>;
  /** Turns that wait for a budget which was raised, and were not told. */
  readonly wakeHeld: WakeHeld;
  readonly onFault: (fault: unknown) => void;
}

/** A round costs some calls of git for each live branch. */
const LOOK_MS = 5 * 60_000;

const ENDS = new Set(["session.killed", "session.deleted", "session.completed", "session.failed"]);
const MOVES = new Set(["session.idled", "checkout.committed", "checkout.removed", "checkout.created"]);

export class Aftermath implements AsyncDisposable {
  readonly #deps: AftermathDeps;
  readonly #work = new Set<Promise<void>>();
  readonly #rounds = new Map<ProjectId, "running" | "again">();
  #isClosed = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(deps: AftermathDeps) {
    this.#deps = deps;
  }

  /** Contract: cheap, never throws. */
  committed(sessionId: SessionId, lines: readonly LogLine[]): void {
    if (this.#isClosed) return;
    const types = new Set(lines.map(({ type }) => type));
    const isEnd = lines.some(({ type }) => ENDS.has(type));
    const isMove = lines.some(({ type }) => MOVES.has(type));
    if (isEnd) this.#do(() => this.#end(sessionId));
    if (isMove || isEnd) this.#do(() => this.#moved(sessionId, types));
    // The budget may have been raised while its turn was being parked, by somebody who did not see it wait.
    if (types.has("budget.exhausted")) this.#do(() => this.#deps.wakeHeld.one(sessionId));
  }

  /** Something else that is done behind an answer. Contract: as above. */
  follow(work: () => Promise<unknown>): void {
    if (!this.#isClosed) this.#do(async () => void (await work()));
  }

  /** Looks at every project now and then: what people do to branches by hand is told by nobody. */
  start(): void {
    this.follow(() => this.#deps.wakeHeld.all());
    this.follow(() => this.#deps.wakeHeld.priced(null));
    this.#lookAgain();
  }

  #lookAgain(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.follow(() => this.#deps.wakeHeld.all());
      this.#do(() => this.#lookAround().finally(() => this.#lookAgain()));
    }, LOOK_MS).unref();
  }

  /** At the start, and daily. Contract: as above. */
  collect(): void {
    this.follow(() => this.#deps.collect());
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.idle();
  }

  #do(work: () => Promise<void>): void {
    const done = work()
      .catch(this.#deps.onFault)
      .finally(() => this.#work.delete(done));
    this.#work.add(done);
  }

  async #end(sessionId: SessionId): Promise<void> {
    await this.#deps.endPrograms(sessionId);
    await this.#deps.release(sessionId);
    const record = await this.#deps.store.readSession(sessionId);
    if (record?.facts.lifecycle === "killed") await forgetConflicts(this.#deps, record);
  }

  async #moved(sessionId: SessionId, types: ReadonlySet<string>): Promise<void> {
    const record = await this.#deps.store.readSession(sessionId);
    const checkout = record?.work.checkout ?? null;
    if (record === undefined || checkout === null) return;
    const isCutOff = types.has("session.idled") && !types.has("turn.completed") && !types.has("turn.failed");
    if (isCutOff && record.head.deletedAt === null) {
      const { checkouts, queue, clock } = this.#deps;
      const state = await queue.run(sessionId, async () => {
        await checkouts.snapshot(checkout, `cut-off-${clock.now()}`);
        return checkouts.state(checkout);
      });
      const news = state.ok ? deliveryNews(record.work.delivery, state.value, clock.now()) : null;
      if (news !== null) await commitDelivery(this.#deps, sessionId, news.change);
    }
    if (record.edit.projectId !== null) await this.#forecast(record.edit.projectId);
  }

  async #lookAround(): Promise<void> {
    const records = await this.#deps.store.listCheckouts();
    const projects = new Set(records.flatMap(({ edit }) => edit.projectId ?? []));
    for (const projectId of projects) await this.#forecast(projectId);
  }

  async #forecast(projectId: ProjectId): Promise<void> {
    if (this.#rounds.has(projectId)) {
      this.#rounds.set(projectId, "again");
      return;
    }
    try {
      do {
        this.#rounds.set(projectId, "running");
        await refreshForecast(this.#deps, projectId);
      } while (this.#rounds.get(projectId) === "again");
    } finally {
      this.#rounds.delete(projectId);
    }
  }
}
