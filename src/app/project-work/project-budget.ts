/**
 * A project's budget (E2): new work is refused when it is used up, each model call of a hosted turn is granted what it may
 * use before it is made, and what was used is told by the commit of its answer. A spawned agent calls models by itself:
 * it is asked before each turn, and may pass the limit by that one.
 */
import type { Fact } from "../../core/events/envelope.ts";
import type { BudgetLimits, BudgetStore } from "../../core/ports/budgets.ts";
import type { AdmitCall } from "../../core/ports/harness.ts";
import type { ModelPrice } from "../../core/ports/model.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { SessionRecord } from "../../core/session.ts";
import {
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
}

/** Of one session's turn. */
export interface TurnBudget {
  readonly subject: string;
  /** For a harness that says before each call what it may use. */
  readonly admitCall: AdmitCall;
  /** For one that does not: null while there is something left. */
  exhausted(): Promise<Fact | null>;
  /** What the facts say was used, beside them in their commit. */
  extend(plan: StepPlan, facts: readonly Fact[]): StepPlan;
  free(): Promise<void>;
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
  const subject = project.id;
  return {
    subject,
    admitCall: (call, signal) => admit(deps, { record, project, price, call }, signal),
    async exhausted() {
      const limits = await readLimits(deps, record, project);
      const { spent } = await store.readBudget(subject);
      return limits !== null && isUsedUp(limits, spent) ? exhaustedFact(project, exhaustionOf(limits, spent)) : null;
    },
    extend(plan, facts) {
      const usages = facts.flatMap((fact) => (fact.type === "llm.generation" ? [fact.data.metadata.usage] : []));
      if (usages.length === 0) return plan;
      const amounts = usages.map((usage) => amountsOf(usage));
      const microUsd = amounts.reduce((sum, each) => sum + each.microUsd, 0);
      const tokens = amounts.reduce((sum, each) => sum + each.tokens, 0);
      return { ...plan, spend: { subject, amounts: { microUsd, tokens } } };
    },
    free: () => store.freeBudget(record.id),
  };
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
  readonly call: Parameters<AdmitCall>[0];
}

async function admit(
  deps: BudgetDeps,
  { record, project, price, call }: Admitting,
  signal: AbortSignal,
): ReturnType<AdmitCall> {
  const { store, pause } = deps;
  const least = Math.min(LEAST_OUTPUT, call.outputTokens);
  for (;;) {
    const limits = await readLimits(deps, record, project);
    if (limits === null || signal.aborted) return { kind: "admitted", outputTokens: null };
    const { spent, held } = await store.readBudget(project.id, record.id);
    if (affordable(leftOf(limits, spent), call, price) < least) {
      return { kind: "exhausted", fact: exhaustedFact(project, exhaustionOf(limits, spent)) };
    }
    const outputTokens = affordable(leftOf(limits, spent, held), call, price);
    const most = mostOf({ ...call, outputTokens }, price);
    const atLeast = mostOf({ ...call, outputTokens: 0 }, price);
    const wish = { subject: project.id, sessionId: record.id, most, atLeast, limits };
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

export function makeCheckBudget({ store, projects }: Omit<BudgetDeps, "pause">): CheckBudget {
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
