/** What the work of a session adds to an item of its turn before it is committed: facts of its checkout, its agent's name. */
import type { FactsItem } from "../turn-facts.ts";
import type { StepPlan, TurnLog } from "../turn-log.ts";
import type { TeamWrite } from "../../core/ports/team.ts";
import { textOf } from "../../core/fold-turn.ts";
import type { TurnBudget } from "./project-budget.ts";
import type { NoteAgent } from "./note-agent.ts";
import type { SettledTurn, SettleTurn } from "./settle-turn.ts";

export interface SettleDeps {
  /** Absent: no session has a working tree. */
  readonly settleTurn?: SettleTurn;
  readonly noteAgent?: NoteAgent;
}

interface Settling {
  readonly hasCheckout: boolean;
  readonly budget: TurnBudget | null;
}

export interface SettledItem {
  readonly item: FactsItem;
  readonly extend: (plan: StepPlan) => StepPlan;
}

export async function settleItem(
  deps: SettleDeps,
  log: Pick<TurnLog, "sessionId" | "state" | "conversation">,
  { item, resolved }: { readonly item: FactsItem; readonly resolved: Settling },
): Promise<SettledItem> {
  const spend = (plan: StepPlan) => resolved.budget?.extend(plan, item.facts) ?? plan;
  if (!resolved.hasCheckout) return { item, extend: spend };
  const team = (await deps.noteAgent?.(log.sessionId, item.facts)) ?? null;
  const settled = await settle(deps, log, item);
  const facts = settled === null ? item.facts : [...item.facts, ...settled.facts];
  return {
    item: { ...item, facts },
    extend: (plan) => ({ ...spend(plan), ...teamOf(plan, team), ...workOf(settled) }),
  };
}

async function settle(
  { settleTurn }: SettleDeps,
  { sessionId, state, conversation }: Pick<TurnLog, "sessionId" | "state" | "conversation">,
  item: FactsItem,
): Promise<SettledTurn | null> {
  const { turn } = state;
  if (item.next.kind !== "ends" || turn === null || settleTurn === undefined) return null;
  const said = item.facts.findLast(({ type }) => type === "output.message.completed");
  const last = said?.type === "output.message.completed" ? textOf(said.data.message.content) : turn.lastText;
  const asked = askedOf(conversation);
  return settleTurn(sessionId, { turnId: turn.id, asked, said: last });
}

function askedOf({ entries }: TurnLog["conversation"]): string {
  const asked = entries.findLast((entry) => entry.kind === "user");
  return asked === undefined ? "" : textOf(asked.message.content);
}

function teamOf(plan: StepPlan, team: TeamWrite | null): Pick<StepPlan, "team"> {
  return team === null ? {} : { team: { ...plan.team, ...team } };
}

function workOf(settled: SettledTurn | null): Pick<StepPlan, "work"> {
  return settled?.work === undefined ? {} : { work: settled.work };
}
