/** What merges of a project's branches would stop at (C5): each against its base, and each against each. */
import type { ProjectId } from "../../core/ids.ts";
import type { Checkout, Forecast } from "../../core/ports/checkouts.ts";
import type { SessionRecord } from "../../core/session.ts";
import { commitDelivery } from "./commit-delivery.ts";
import type { DeliveryDeps } from "./commit-delivery.ts";
import { deliveryNews } from "./read-delivery.ts";

export interface SessionForecast {
  readonly record: SessionRecord;
  readonly conflicts: readonly { readonly other: string; readonly paths: readonly string[] }[];
}

/** Of all live ones; a session whose branch is merged, or that was killed, stands in nobody's way. */
export async function forecastProject(deps: DeliveryDeps, projectId: ProjectId): Promise<readonly SessionForecast[]> {
  const all = await deps.store.listCheckouts(projectId);
  const live = all.filter(isLive);
  const found = await deps.checkouts.forecast(live.map(({ work }) => work.checkout).filter((one) => one !== null));
  return live.map((record) => ({ record, conflicts: conflictsOf(record.work.checkout, found) }));
}

/** Writes what has changed to the sessions that it concerns. */
export async function refreshForecast(deps: DeliveryDeps, projectId: ProjectId): Promise<void> {
  // Somebody may have merged by hand, or moved the base; what is merged is in nobody's way.
  for (const record of (await deps.store.listCheckouts(projectId)).filter(isLive)) await refreshState(deps, record);
  const forecasts = await forecastProject(deps, projectId);
  for (const { record, conflicts } of forecasts) await commitDelivery(deps, record.id, { conflicts });
  for (const record of await deps.store.listCheckouts(projectId)) {
    if (!isLive(record)) await forgetConflicts(deps, record);
  }
}

/** Of what is in nobody's way any more. */
export async function forgetConflicts(deps: DeliveryDeps, { id, head, work }: SessionRecord): Promise<void> {
  if (head.deletedAt === null && (work.delivery?.conflicts ?? []).length > 0) {
    await commitDelivery(deps, id, { conflicts: [] });
  }
}

async function refreshState(deps: DeliveryDeps, { id, work }: SessionRecord): Promise<void> {
  const state = work.checkout === null ? null : await deps.checkouts.state(work.checkout);
  const news = state?.ok === true ? deliveryNews(work.delivery, state.value, deps.clock.now()) : null;
  if (news !== null) await commitDelivery(deps, id, news.change);
}

function isLive({ head, facts, work }: SessionRecord): boolean {
  const isOpen = facts.lifecycle === "open" || facts.lifecycle === "completed";
  return head.deletedAt === null && isOpen && work.delivery?.mergedAt === undefined;
}

function conflictsOf(checkout: Checkout | null, found: readonly Forecast[]): SessionForecast["conflicts"] {
  if (checkout === null) return [];
  return found
    .filter(({ conflicts }) => conflicts.length > 0)
    .flatMap(({ branch, other, conflicts }) => {
      if (branch === checkout.branch) return [{ other, paths: conflicts }];
      return other === checkout.branch ? [{ other: branch, paths: conflicts }] : [];
    })
    .toSorted((left, right) => left.other.localeCompare(right.other));
}
