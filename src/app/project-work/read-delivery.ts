/**
 * What became of a session's work, as git has it now: branch, distance from its base, whether it is found in it. Gives
 * what has changed since it was last looked at, as the event and the row are to have it; writes nothing.
 */
import type { EventData } from "../../core/events/envelope.ts";
import type { Delivery, DeliveryChange } from "../../core/delivery.ts";
import type { CheckoutState } from "../../core/ports/checkouts.ts";

export interface DeliveryNews {
  readonly data: EventData<"delivery.updated">;
  readonly change: DeliveryChange;
}

/** Null: nothing that was not known. */
export function deliveryNews(before: Delivery | null, state: CheckoutState, nowMs: number): DeliveryNews | null {
  const { branch, head, ahead, behind, isDirty, isMerged } = state;
  const now: Delivery = {
    branch,
    head,
    dirty: isDirty,
    ...(ahead === null ? {} : { ahead }),
    ...(behind === null ? {} : { behind }),
    ...(isMerged && before?.mergedAt === undefined ? mergedNow(head, nowMs) : {}),
  };
  return newsOf(before, now);
}

function mergedNow(head: string, nowMs: number): Delivery {
  return { mergedAt: new Date(nowMs).toISOString(), mergedCommit: head };
}

export function newsOf(before: Delivery | null, now: DeliveryChange): DeliveryNews | null {
  const known: DeliveryChange = before ?? {};
  const names = Object.keys(now) as (keyof Delivery)[];
  const changed = names.filter((name) => JSON.stringify(known[name] ?? null) !== JSON.stringify(now[name] ?? null));
  if (changed.length === 0) return null;
  const change: DeliveryChange = Object.fromEntries(changed.map((name) => [name, now[name]]));
  return { change, data: eventOf(change) };
}

function eventOf({
  mergedAt,
  mergedCommit,
  conflicts,
  pr,
  checksHead,
  fixSentFor,
  ...rest
}: DeliveryChange): EventData<"delivery.updated"> {
  const plain = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return {
    ...plain,
    ...(pr === undefined ? {} : { pr }),
    ...(checksHead === undefined ? {} : { checks_head: checksHead }),
    ...(fixSentFor === undefined ? {} : { fix: fixSentFor === null ? null : { sent_for: fixSentFor } }),
    ...(mergedAt === undefined ? {} : { merged_at: mergedAt }),
    ...(mergedCommit === undefined || mergedCommit === null ? {} : { merged_commit: mergedCommit }),
    ...(conflicts === undefined
      ? {}
      : { conflicts: (conflicts ?? []).map((one) => ({ ...one, paths: [...one.paths] })) }),
  };
}
