/**
 * What a person may do with a session's working tree: look at it, commit, merge, throw away and take back. What changes
 * the files is refused while a turn runs, whose agent writes to the same ones.
 */
import { withChecks } from "../../core/delivery.ts";
import type { Delivery, DeliveryChange } from "../../core/delivery.ts";
import { newsOf, deliveryNews } from "./read-delivery.ts";
import type { SessionId } from "../../core/ids.ts";
import { parseId } from "../../core/ids.ts";
import type { Checkout, CheckoutState, FileDiff, MergeStrategy } from "../../core/ports/checkouts.ts";
import type { Fact } from "../../core/events/envelope.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { statusOf, nativeStatuses } from "../../core/status.ts";
import type { SessionRecord } from "../../core/session.ts";
import { requireRole } from "../keys/require-role.ts";
import type { Principal } from "../principal.ts";
import { readOwnSession } from "../read-session.ts";
import type { Projects } from "../records/projects.ts";
import { commitDelivery } from "./commit-delivery.ts";
import type { DeliveryDeps } from "./commit-delivery.ts";
import { forecastProject } from "./forecast.ts";
import type { SessionForecast } from "./forecast.ts";
import { outcomeOf, readWithCheckout, workWrite } from "./session-checkouts.ts";
import type { WithCheckout } from "./session-checkouts.ts";
import type { EnsureCheckout } from "./ensure-checkout.ts";
import { authorOf } from "./settle-turn.ts";

export interface ShownCheckout {
  readonly checkout: Checkout;
  readonly state: CheckoutState;
}

/** What a person, or a forge, may say of it. */
export type SetDelivery = Pick<
  DeliveryChange,
  "pr" | "checks" | "checksHead" | "fixSentFor" | "review" | "mergeable" | "mergedAt"
>;

export interface WorkUses {
  /** Makes it now instead of with the first turn; the one that is there stays. */
  makeCheckout(principal: Principal, id: SessionId, signal: AbortSignal): Promise<Outcome<ShownCheckout>>;
  readCheckout(principal: Principal, id: SessionId): Promise<Outcome<ShownCheckout>>;
  readDiff(principal: Principal, id: SessionId, of: "all" | "uncommitted"): Promise<Outcome<readonly FileDiff[]>>;
  commitCheckout(
    principal: Principal,
    id: SessionId,
    message: string | null,
  ): Promise<Outcome<{ readonly commit: string; readonly files: number }>>;
  mergeCheckout(
    principal: Principal,
    id: SessionId,
    how: { readonly strategy?: MergeStrategy; readonly message?: string },
  ): Promise<Outcome<{ readonly commit: string; readonly base: string }>>;
  discardChanges(principal: Principal, id: SessionId): Promise<Outcome<{ readonly snapshot: string }>>;
  restoreFiles(principal: Principal, id: SessionId, snapshot: string): Promise<Outcome<ShownCheckout>>;
  setDelivery(principal: Principal, id: SessionId, change: SetDelivery): Promise<Outcome<SessionRecord>>;
  forecast(principal: Principal, project: string): Promise<Outcome<readonly SessionForecast[]>>;
}

export interface WorkUsesDeps extends DeliveryDeps {
  readonly projects: Pick<Projects, "get">;
  readonly ensureCheckout: EnsureCheckout;
}

export function makeWorkUses(deps: WorkUsesDeps): WorkUses {
  const { checkouts } = deps;
  const read = (principal: Principal, id: SessionId) => readWithCheckout(deps, principal, id);
  return {
    makeCheckout: (principal, id, signal) => makeOne(deps, { principal, id }, signal),
    async readCheckout(principal, id) {
      const found = await read(principal, id);
      return found.ok ? look(deps, found.value) : found;
    },
    async readDiff(principal, id, of) {
      const found = await read(principal, id);
      return found.ok ? outcomeOf(await checkouts.diff(found.value.checkout, of), id) : found;
    },
    commitCheckout: (principal, id, message) => commitOne(deps, { principal, id }, message),
    mergeCheckout: (principal, id, how) => merge(deps, { principal, id }, how),
    discardChanges: (principal, id) => discard(deps, { principal, id }),
    restoreFiles: (principal, id, snapshot) => restore(deps, { principal, id }, snapshot),
    setDelivery: (principal, id, change) => setOne(deps, { principal, id }, change),
    async forecast(principal, project) {
      const found = await deps.projects.get(principal, project);
      if (!found.ok) return found;
      const id = parseId("project", found.value.id);
      return id === undefined ? accept([]) : accept(await forecastProject(deps, id));
    },
  };
}

interface Asked {
  readonly principal: Principal;
  readonly id: SessionId;
}

async function makeOne(deps: WorkUsesDeps, { principal, id }: Asked, signal: AbortSignal) {
  const role = requireRole(principal, "member");
  if (!role.ok) return role;
  const found = await readOwnSession(deps.store, principal, id);
  if (!found.ok) return found;
  const made = await deps.ensureCheckout(id, signal).catch((cause: unknown) => {
    if (!signal.aborted) throw cause;
    // Nobody is there any more to be told, and nothing was left behind.
    return refuse({ code: "timed_out", what: "the working tree", afterMs: 0 });
  });
  if (!made.ok) return made;
  const held = await readWithCheckout(deps, principal, id);
  return held.ok ? look(deps, held.value) : held;
}

/** Alone with the tree: whoever waits in its queue finds what was made of it. */
async function change<T>(
  deps: WorkUsesDeps,
  { principal, id }: Asked,
  { needsRest, work }: { readonly needsRest: boolean; readonly work: (held: WithCheckout) => Promise<Outcome<T>> },
): Promise<Outcome<T>> {
  const role = requireRole(principal, "member");
  if (!role.ok) return role;
  const done = await deps.queue.run(id, async () => {
    const found = await readWithCheckout(deps, principal, id);
    if (!found.ok) return found;
    if (needsRest && statusOf(nativeStatuses, found.value.record.facts) === "active") {
      return refuse({ code: "turn_running", sessionId: id, isMessage: false });
    }
    return work(found.value);
  });
  if (done.ok) await refresh(deps, principal, id);
  return done;
}

/** What is known of the branch follows what was done with it. */
async function refresh(deps: WorkUsesDeps, principal: Principal, id: SessionId): Promise<void> {
  const found = await readWithCheckout(deps, principal, id);
  if (found.ok) await look(deps, found.value);
}

async function look(deps: WorkUsesDeps, { record, checkout }: WithCheckout): Promise<Outcome<ShownCheckout>> {
  const state = outcomeOf(await deps.checkouts.state(checkout), record.id);
  if (!state.ok) return state;
  const news = deliveryNews(record.work.delivery, state.value, deps.clock.now());
  if (news !== null) await commitDelivery(deps, record.id, news.change);
  return accept({ checkout, state: state.value });
}

async function say(deps: WorkUsesDeps, id: SessionId, facts: readonly Fact[]): Promise<void> {
  await deps.commit(workWrite(deps, id, { facts, work: {} }));
}

function commitOne(deps: WorkUsesDeps, asked: Asked, message: string | null) {
  return change(deps, asked, {
    needsRest: false,
    work: async ({ record, checkout }) => {
      const said = message ?? record.edit.title ?? record.facts.preview ?? "Work of a session";
      const made = await deps.checkouts.commit(checkout, { message: said, author: authorOf(record) });
      const outcome = outcomeOf(made, asked.id);
      if (outcome.ok)
        await say(deps, asked.id, [{ type: "checkout.committed", data: { ...outcome.value, message: said } }]);
      return outcome;
    },
  });
}

function merge(deps: WorkUsesDeps, asked: Asked, how: Parameters<WorkUses["mergeCheckout"]>[2]) {
  return change(deps, asked, {
    needsRest: true,
    work: async ({ record, checkout }) => {
      const state = outcomeOf(await deps.checkouts.state(checkout), asked.id);
      if (!state.ok) return state;
      if (state.value.isDirty) {
        const reason = "the checkout has changes that are not committed; commit or discard them first";
        return refuse({ code: "merge_refused", reason, paths: state.value.changed.slice(0, 20) });
      }
      if (checkout.base === null) {
        const reason = "the session has a repository of its own, and nothing to merge into";
        return refuse({ code: "merge_refused", reason, paths: [] });
      }
      const strategy = how.strategy ?? (await usualStrategy(deps, record));
      const message = how.message ?? record.edit.title ?? record.facts.preview ?? `Merge ${checkout.branch}`;
      return outcomeOf(await deps.checkouts.merge(checkout, { strategy, message }), asked.id);
    },
  });
}

async function usualStrategy({ projects }: WorkUsesDeps, record: SessionRecord): Promise<MergeStrategy> {
  const project = record.edit.projectId === null ? null : await projects.get(record, record.edit.projectId);
  return project?.ok === true ? project.value.body.merge_strategy : "merge";
}

function discard(deps: WorkUsesDeps, asked: Asked) {
  return change(deps, asked, {
    needsRest: true,
    work: async ({ checkout }) => {
      const done = outcomeOf(await deps.checkouts.discard(checkout), asked.id);
      const data = { action: "discarded" } as const;
      if (done.ok) await say(deps, asked.id, [{ type: "checkout.restored", data: { ...data, ...done.value } }]);
      return done;
    },
  });
}

function restore(deps: WorkUsesDeps, asked: Asked, snapshot: string): Promise<Outcome<ShownCheckout>> {
  return change(deps, asked, {
    needsRest: true,
    work: async ({ checkout }) => {
      const done = await deps.checkouts.restore(checkout, snapshot);
      if (!done.ok && done.refusal.kind === "base_missing") {
        return refuse({ code: "invalid_input", path: "/snapshot", reason: "is no snapshot of this session" });
      }
      const state = outcomeOf(done, asked.id);
      if (!state.ok) return state;
      await say(deps, asked.id, [{ type: "checkout.restored", data: { action: "restored", snapshot } }]);
      return accept({ checkout, state: state.value });
    },
  });
}

async function setOne(deps: WorkUsesDeps, { principal, id }: Asked, set: SetDelivery): Promise<Outcome<SessionRecord>> {
  const role = requireRole(principal, "member");
  if (!role.ok) return role;
  const found = await readOwnSession(deps.store, principal, id);
  if (!found.ok) return found;
  if (set.pr !== undefined && set.pr !== null && !/^https?:\/\//.test(set.pr.url)) {
    return refuse({ code: "invalid_input", path: "/pr/url", reason: "must begin with https:// or http://" });
  }
  const known: Delivery | null = found.value.work.delivery;
  const change = { ...mergedNow(deps, set, known), ...withChecks(set, known) };
  const refused = refuseFix(change, known);
  if (refused !== null) return refused;
  if (newsOf(known, change) !== null) {
    const written = await commitDelivery(deps, id, change);
    if (!written.ok) return written;
  }
  return readOwnSession(deps.store, principal, id);
}

/** A request that is merged was merged at some time, and nobody has named another one. */
function mergedNow(
  { clock }: WorkUsesDeps,
  set: SetDelivery,
  known: Delivery | null,
): Pick<DeliveryChange, "mergedAt"> {
  if (set.pr?.state !== "merged" || known?.mergedAt !== undefined) return {};
  return { mergedAt: new Date(clock.now()).toISOString() };
}

/** A fix is of something that fails: said of anything else it would make the next failure look like the fix's own. */
function refuseFix({ fixSentFor, checks }: SetDelivery, known: Delivery | null) {
  const now = checks === undefined ? known?.checks : checks;
  if (fixSentFor === undefined || fixSentFor === null || now === "failing") return null;
  const reason = 'is of checks that fail, and these do not; say "checks": "failing" with it, or leave it out';
  return refuse({ code: "invalid_input", path: "/fix", reason });
}
