/**
 * Answers an approval: one commit, which also lets the turn go on when nothing else is awaited. The first answer counts;
 * the same again is answered the same, another one is told what was said.
 *
 * A rule for good is a record of its own and made before the commit, so that the turn that goes on finds it. Should
 * somebody else have been faster with another answer, it is taken back.
 */
import { decideAnswer } from "../core/decide/answer.ts";
import type { Answering } from "../core/decide/answer.ts";
import type { Plan } from "../core/decide/plan.ts";
import type { MintId, NodeId, SessionId } from "../core/ids.ts";
import type { SessionReads } from "../core/ports/store.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import { approvalScopes } from "../core/session.ts";
import type { ApprovalScope, SessionRecord } from "../core/session.ts";
import { decideAndCommit } from "./decide-and-commit.ts";
import type { Control, ControlDeps } from "./decide-and-commit.ts";
import { findApproval } from "./find-approval.ts";
import type { ApprovalView } from "./find-approval.ts";
import type { ListedApproval } from "./list-approvals.ts";
import type { Principal } from "./principal.ts";
import type { CurrentSession } from "./read-session.ts";
import type { ApprovalRules } from "./records/approval-rules.ts";
import type { Runners } from "./runners.ts";
import { startRunner } from "./start-runner.ts";
import type { StartDeps } from "./start-runner.ts";

export interface AnswerCommand {
  readonly approvalId: string;
  readonly answer: "allow" | "deny";
  readonly scope: ApprovalScope;
  readonly reason?: string;
}

export interface AnswerApprovalDeps extends ControlDeps, StartDeps {
  readonly store: ControlDeps["store"] & Pick<SessionReads, "readLogBack">;
  readonly mint: MintId;
  readonly node: NodeId;
  readonly runners: Pick<Runners, "reserve" | "nudge" | "isRunning">;
  readonly rules: Pick<ApprovalRules, "allow" | "revoke">;
}

export type AnswerApproval = (
  principal: Principal,
  id: SessionId,
  command: AnswerCommand,
) => Promise<Outcome<ListedApproval>>;

export function makeAnswerApproval(deps: AnswerApprovalDeps): AnswerApproval {
  return async (principal, sessionId, command) => {
    if (command.answer === "deny" && command.scope !== "once") {
      return refuse({ code: "invalid_input", path: "/scope", reason: "can only be once for a denial" });
    }
    const slot = deps.runners.reserve();
    try {
      const answering = new AnsweringOne(deps, principal, { sessionId, command });
      const decide: Control<null>["decide"] = (session) =>
        answering.decide(session, slot === null || deps.runners.isRunning(sessionId) ? null : deps.node);
      const { workspaceId } = principal;
      const controlled = await decideAndCommit(deps, { sessionId, workspaceId, decide });
      if (controlled.ok) startRunner(deps, slot, controlled.value);
      const said = controlled.ok ? await answering.whatWasSaid(controlled.value.session.record) : controlled;
      if (!said.ok) await answering.takeBack();
      return said;
    } finally {
      slot?.release();
    }
  };
}

/** One answer, over however many attempts its commit takes. */
class AnsweringOne {
  readonly #deps: AnswerApprovalDeps;
  readonly #principal: Principal;
  readonly #sessionId: SessionId;
  readonly #command: AnswerCommand;
  #newRuleId: string | null = null;

  constructor(
    deps: AnswerApprovalDeps,
    principal: Principal,
    { sessionId, command }: { readonly sessionId: SessionId; readonly command: AnswerCommand },
  ) {
    this.#deps = deps;
    this.#principal = principal;
    this.#sessionId = sessionId;
    this.#command = command;
  }

  async decide(
    { state, head, record }: CurrentSession,
    runner: NodeId | null,
  ): Promise<Outcome<{ readonly plan: Plan | null; readonly answer: null }>> {
    const said: Answering = { ...this.#command, by: this.#principal.userId };
    const input = { mint: this.#deps.mint, runner, agentId: record.edit.agentId, hasOwner: head.owner !== null };
    const answered = decideAnswer(state, said, input);
    if (answered === null) return accept({ plan: null, answer: null });
    const { plan, toolName } = answered;
    if (said.scope === "once" || toolName === null) return accept({ plan, answer: null });
    if (said.scope === "always") {
      const ruled = await this.#rule(record, toolName);
      return ruled.ok ? accept({ plan, answer: null }) : ruled;
    }
    const allowedTools = [...new Set([...(record.edit.settings.allowedTools ?? []), toolName])];
    const settings = { ...record.edit.settings, allowedTools };
    return accept({ plan: { ...plan, edit: { settings } }, answer: null });
  }

  async #rule({ createdBy, edit }: SessionRecord, tool: string): Promise<Outcome<null>> {
    const { userId } = this.#principal;
    if (edit.agentId === null || createdBy !== userId) {
      const reason = "can be always only for an agent's session that you have made yourself; choose session";
      return refuse({ code: "invalid_input", path: "/scope", reason });
    }
    const ruled = await this.#deps.rules.allow(this.#principal, { agentId: edit.agentId, tool });
    if (!ruled.ok) return ruled;
    if (ruled.value.isNew) this.#newRuleId = ruled.value.id;
    return accept(null);
  }

  /** The answer did not count, so neither does what was to follow from it. */
  async takeBack(): Promise<void> {
    if (this.#newRuleId !== null) await this.#deps.rules.revoke(this.#principal, this.#newRuleId);
  }

  async whatWasSaid(session: SessionRecord): Promise<Outcome<ListedApproval>> {
    const { approvalId } = this.#command;
    const approval = await findApproval(this.#deps.store, this.#sessionId, approvalId);
    if (approval === undefined) return refuse({ code: "not_found", kind: "approval", id: approvalId });
    if (holdsFor(this.#command, approval)) return accept({ approval, session });
    // A question that nobody answered has gone with its turn.
    const answer = approval.settled?.answer ?? "cancelled";
    return refuse({ code: "already_answered", approvalId, answer });
  }
}

/** What was asked for is so already: the same word, for at least as long. */
function holdsFor({ answer, scope }: AnswerCommand, { settled }: ApprovalView): boolean {
  const rank = (word: string | null) => approvalScopes.findIndex((each) => each === word);
  return settled?.answer === answer && rank(settled.scope) >= rank(scope);
}
