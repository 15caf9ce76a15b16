/**
 * What follows the commit that may have given a turn to this node: whoever committed it also runs it; a turn that was
 * committed without a runner is taken by the pulse.
 */
import { parseLine } from "../core/events/envelope.ts";
import { foldEvents } from "../core/fold.ts";
import type { NodeId } from "../core/ids.ts";
import type { Controlled } from "./decide-and-commit.ts";
import type { Runners, Slot } from "./runners.ts";

export interface StartDeps {
  readonly node: NodeId;
  readonly runners: Pick<Runners, "nudge">;
  /** A turn is owed and nobody runs it. */
  readonly onOwed: () => void;
}

export function startRunner(deps: StartDeps, slot: Slot | null, { result, session }: Controlled<unknown>): void {
  if (result?.kind !== "committed") return;
  const { head, lines } = result;
  // A harness that holds a process has kept its runner, which only has to look.
  if (session.head.owner !== null) return deps.runners.nudge(head.sessionId);
  if (head.owner !== deps.node || slot === null) return deps.onOwed();
  const state = foldEvents(session.state, lines.map(parseLine));
  slot.start({ sessionId: head.sessionId, epoch: head.epoch, state, foldedSeq: head.seq });
}
