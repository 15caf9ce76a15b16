/** Each kind of row of the outbox, and what it leads to. Contract: delivered twice is the same as once. */
import type { OutboxBodies, OutboxKind, OutboxRow } from "../../core/outbox.ts";
import { stopChildren, stopIfParentDid } from "./stop-children.ts";
import type { StopChildrenDeps } from "./stop-children.ts";
import { endWaiting, tellOfChild, tellOfTurn, tellOfUsage } from "./tell-parent.ts";
import type { TellParentDeps } from "./tell-parent.ts";

export type DeliverDeps = TellParentDeps & StopChildrenDeps;
export type Deliver = (row: OutboxRow) => Promise<void>;

type Delivery<Kind extends OutboxKind> = (deps: DeliverDeps, row: OutboxRow, body: OutboxBodies[Kind]) => Promise<void>;

const deliveries: { readonly [Kind in OutboxKind]: Delivery<Kind> } = {
  child_made: tellOfChild,
  turn_ended: tellOfTurn,
  usage_added: tellOfUsage,
  awaiting: endWaiting,
  stop_children: stopChildren,
  asked_by_parent: stopIfParentDid,
};

export function makeDeliver(deps: DeliverDeps): Deliver {
  return async (row) => {
    // The kind names the shape that the body was written with; TypeScript cannot follow that through the index.
    const delivery = deliveries[row.kind] as Delivery<OutboxKind> | undefined;
    if (delivery === undefined) throw new Error(`Nobody delivers what is told as "${row.kind}"`);
    await delivery(deps, row, JSON.parse(row.bodyJson) as OutboxBodies[OutboxKind]);
  };
}
