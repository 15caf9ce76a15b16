/**
 * A project's budget (E2): new work is refused when it is used up, each model call of a hosted turn is granted what it may
 * use before it is made, and what was used is told by the commit of its answer. Of a call that no commit tells of, because
 * its turn was cancelled or its tries broke off, what it has probably used is charged. A spawned agent calls models by
 * itself: it is asked before each turn, and may pass the limit by that one.
 */
import type { Usage } from "../../core/events/content.ts";
import type { Fact } from "../../core/events/envelope.ts";
import type { Amounts, BudgetLimits, BudgetStore } from "../../core/ports/budgets.ts";
import type { AdmitCall, WishedCall } from "../../core/ports/harness.ts";
import type { ModelPrice } from "../../core/ports/model.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { SessionRecord } from "../../core/session.ts";
import {
  addAmounts,
  affordable,
  amountsOf,
  exhaustionOf,
  isUsedUp,
  leftOf,
  limitsOf,
  mostOf,
} from "../../core/project-work/budget.ts";
import type { Exhaustion } from "../../core/project-work/budget.ts";
import type { StepPlan } from "../turn-log.ts";
import type { Project } from "../records/find-project.ts";
import type { Projects } from "../records/projects.ts";

export interface BudgetDeps {
  readonly store: BudgetStore;
  readonly projects: Pick<Projects, "get">;
  readonly pause: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** A name that nobody has had. */
  readonly mintHolder: () => string;
  readonly onFault: (fault: unknown) => void;
}

/** Of one run of a session's turn. */
export interface TurnBudget {
  readonly subject: string;
  /** For a harness that says before each call what it may use. */
  readonly admitCall: AdmitCall;
  /** It is limited in dollars, and nobody knows what the model costs: nothing could ever stop it. */
  isUncountable(): Promise<boolean>;
  /** For one that does not: null while there is something left. */
  exhausted(): Promise<Fact | null>;
  /** What the facts say was used, beside them in their commit. */
  extend(plan: StepPlan, facts: readonly Fact[]): StepPlan;
  /** These facts are in the log, with what they say was used. */
  committed(facts: readonly Fact[]): void;
  /** Ends the hold; what was used and is in no commit is charged. */
  free(): Promise<void>;
  /** Charges what is only told after the run. Contract: never rejects. */
  usedLate(usage: Usage): Promise<void>;
}

/** An answer shorter than this is none. */
const LEAST_OUTPUT = 64;
const CROWDED_MS = 250;

/** Null: nothing of this session is limited. The limit is read anew for every call, since it may be raised meanwhile. */
export function openTurnBudget(
  deps: BudgetDeps,
  record: SessionRecord,
  { project, price }: { readonly project: Project | null; readonly price: ModelPrice | null },
): TurnBudget | null {
  if (project === null) return null;
  const { store } = deps;
  const place = { subject: project.id, holder: deps.mintHolder() };
  const open = new OpenCall(price);
  return {
    subject: project.id,
    async admitCall(call, signal) {
      const admitted = await admit(deps, { record, project, price, call, ...place }, signal);
      if (admitted.kind === "admitted") open.next(call);
      return admitted;
    },
    isUncountable: async () => isUncountable(await readLimits(deps, record, project), price),
    async exhausted() {
      const limits = await readLimits(deps, record, project);
      const { spent } = await store.readBudget(project.id);
      return limits !== null && isUsedUp(limits, spent) ? exhaustedFact(project, exhaustionOf(limits, spent)) : null;
    },
    extend(plan, facts) {
      const amounts = facts.flatMap((fact) => (isOfCall(fact) ? [amountsOf(fact.data.metadata.usage)] : []));
      if (amounts.length === 0) return plan;
      return { ...plan, spend: { ...place, amounts: open.told(addAmounts(...amounts)) } };
    },
    committed(facts) {
      if (facts.some(isOfCall)) open.end();
    },
    async free() {
      const amounts = open.all();
      open.end();
      await store.endHold({ ...place, amounts });
    },
    usedLate: (usage) => store.endHold({ ...place, amounts: amountsOf(usage) }).catch(deps.onFault),
  };
}

function isUncountable(limits: BudgetLimits | null, price: ModelPrice | null): boolean {
  return price === null && limits !== null && limits.microUsd !== null;
}

function isOfCall(fact: Fact): fact is Extract<Fact, { type: "llm.generation" }> {
  return fact.type === "llm.generation";
}

/** What calls have used of which no commit has told yet. */
class OpenCall {
  readonly #price: ModelPrice | null;
  #call: Pick<WishedCall, "used"> | null = null;
  /** Of calls before it that came to nothing. */
  #before: Amounts = { microUsd: 0, tokens: 0 };

  constructor(price: ModelPrice | null) {
    this.#price = price;
  }

  next(call: Pick<WishedCall, "used">): void {
    this.#before = this.all();
    this.#call = call;
  }

  /** With what its provider has counted; one that counts nothing is not for nothing. */
  told(counted: Amounts): Amounts {
    return counted.tokens === 0 ? this.all() : addAmounts(this.#lost(), counted);
  }

  all(): Amounts {
    const now = this.#call?.used().now;
    return now === undefined ? this.#lost() : addAmounts(this.#lost(), mostOf(now, this.#price));
  }

  end(): void {
    this.#call = null;
    this.#before = { microUsd: 0, tokens: 0 };
  }

  #lost(): Amounts {
    const lost = this.#call?.used().lost;
    return lost === undefined ? this.#before : addAmounts(this.#before, mostOf(lost, this.#price));
  }
}

async function readLimits(
  { projects }: BudgetDeps,
  record: SessionRecord,
  before: Project,
): Promise<BudgetLimits | null> {
  const now = await projects.get(record, before.id);
  return limitsOf((now.ok ? now.value : before).body);
}

interface Admitting {
  readonly record: SessionRecord;
  readonly project: Project;
  readonly price: ModelPrice | null;
  readonly call: WishedCall;
  readonly subject: string;
  readonly holder: string;
}

async function admit(
  deps: BudgetDeps,
  { record, project, price, call, subject, holder }: Admitting,
  signal: AbortSignal,
): ReturnType<AdmitCall> {
  const { store, pause } = deps;
  const least = Math.min(LEAST_OUTPUT, call.outputTokens);
  for (;;) {
    const limits = await readLimits(deps, record, project);
    if (limits === null || signal.aborted) return { kind: "admitted", outputTokens: null };
    const { spent, held } = await store.readBudget(subject, holder);
    // A limit in dollars that came while the turn runs: its next run says what is missing.
    if (isUncountable(limits, price) || affordable(leftOf(limits, spent), call, price) < least) {
      return { kind: "exhausted", fact: exhaustedFact(project, exhaustionOf(limits, spent)) };
    }
    const outputTokens = affordable(leftOf(limits, spent, held), call, price);
    const most = mostOf({ ...call, outputTokens }, price);
    const atLeast = mostOf({ ...call, outputTokens: 0 }, price);
    const wish = { subject, holder, most, atLeast, limits };
    if (outputTokens >= least && (await store.holdBudget(wish))) return { kind: "admitted", outputTokens };
    // Only what others hold stands in the way; they are done soon, and use less than they may.
    await pause(CROWDED_MS, signal);
  }
}

function exhaustedFact(
  { id }: Project,
  { unit, limit, spent }: Exhaustion,
): Extract<Fact, { type: "budget.exhausted" }> {
  return { type: "budget.exhausted", data: { budget_id: id, balance: limit - spent, limit, currency: unit } };
}

/** Whether new work may begin. */
export type CheckBudget = (record: SessionRecord) => Promise<Outcome<null>>;

export function makeCheckBudget({ store, projects }: Pick<BudgetDeps, "store" | "projects">): CheckBudget {
  return async (record) => {
    if (record.edit.projectId === null) return accept(null);
    const project = await projects.get(record, record.edit.projectId);
    const limits = project.ok ? limitsOf(project.value.body) : null;
    if (!project.ok || limits === null) return accept(null);
    const { spent } = await store.readBudget(project.value.id);
    if (!isUsedUp(limits, spent)) return accept(null);
    return refuse({ code: "project_budget_exhausted", project: project.value.name, ...exhaustionOf(limits, spent) });
  };
}
