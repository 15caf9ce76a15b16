/**
 * A session that is stopped stops those that it has started: cancelled with it, killed with it, in the trash with it.
 * The children are looked up after the stop was committed. One that is made, or asked for something, at the same moment
 * and is not among them yet looks at its parent after its own commit (`stopIfParentDid`), so it is met in any case.
 *
 * Each child's own stop tells the children below it in turn. Stopping what is stopped changes nothing.
 */
import { isAtRest } from "../../core/decide/tell.ts";
import type { OutboxBodies, OutboxRow } from "../../core/outbox.ts";
import { parseLine } from "../../core/events/envelope.ts";
import type { SessionId } from "../../core/ids.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import type { SessionRecord } from "../../core/session.ts";
import type { CancelTurn } from "../cancel-turn.ts";
import type { ControlSession } from "../control-session.ts";

export interface StopChildrenDeps {
  readonly store: Pick<SessionReads, "readSession" | "listSessions" | "readLogBack">;
  readonly cancelTurn: CancelTurn;
  readonly controlSession: ControlSession;
}

const PAGE = 50;

type Stop = OutboxBodies["stop_children"];

export async function stopChildren(deps: StopChildrenDeps, { target }: OutboxRow, stop: Stop): Promise<void> {
  const workspaceId = stop.workspaceId ?? (await deps.store.readSession(target))?.workspaceId;
  if (workspaceId === undefined) return;
  const query = { workspaceId, parentId: target, order: "created_at", limit: PAGE } as const;
  let cursor: { readonly at: string; readonly id: SessionId } | undefined;
  for (;;) {
    const { sessions, hasMore } = await deps.store.listSessions({
      ...query,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const child of sessions) await stopChild(deps, child, stop);
    const last = sessions.at(-1);
    if (!hasMore || last === undefined) return;
    cursor = { at: last.createdAt, id: last.id };
  }
}

async function stopChild(deps: StopChildrenDeps, child: SessionRecord, { action, isPermanent }: Stop): Promise<void> {
  const { id, facts } = child;
  if (action === "delete") await deps.controlSession(child, id, { action, isPermanent });
  else if (isAtRest(facts)) return;
  else if (action === "kill")
    await deps.controlSession(child, id, { action, reason: "The session that started it was killed" });
  else await deps.cancelTurn(child, id, { clearsQueue: true });
}

/** The parent's turn in which the child was asked for something was stopped meanwhile, or the parent is gone. */
export async function stopIfParentDid(
  deps: StopChildrenDeps,
  { target }: OutboxRow,
  { turnId }: OutboxBodies["asked_by_parent"],
): Promise<void> {
  const child = await deps.store.readSession(target);
  if (child === undefined || child.parentId === null) return;
  if (!(await isStopped(deps, child.parentId, turnId))) return;
  await deps.cancelTurn(child, target, { clearsQueue: true });
}

async function isStopped({ store }: StopChildrenDeps, parentId: SessionId, turnId: string): Promise<boolean> {
  const parent = await store.readSession(parentId);
  if (parent === undefined || parent.head.deletedAt !== null || parent.facts.lifecycle === "killed") return true;
  if (parent.facts.turnId === turnId && parent.facts.turn !== "cancelling") return false;
  const lines = await store.readLogBack({ sessionId: parentId, limit: PAGE, types: ["turn.cancelled"] });
  return lines.map(parseLine).some((event) => event.context.turn_id === turnId);
}
