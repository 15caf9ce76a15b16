/**
 * Gives a session its working tree, once: asked for again it is the one that is there, and one that was taken away is
 * made anew of the branch that stayed. A tree whose session went away meanwhile is taken away again.
 */
import type { SessionId } from "../../core/ids.ts";
import type { Checkout, MakeCheckout, RepositorySource } from "../../core/ports/checkouts.ts";
import type { ProjectBody } from "../../core/records/project.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { SessionRecord } from "../../core/session.ts";
import { branchNameOf } from "../../core/project-work/branch-name.ts";
import { wantsCheckout } from "../../core/project-work/spawned.ts";
import { notFound } from "../read-session.ts";
import { sourceOf } from "../records/projects.ts";
import type { Projects } from "../records/projects.ts";
import { refusalOfCheckout } from "./checkout-refusals.ts";
import { workWrite } from "./session-checkouts.ts";
import type { WorkDeps } from "./session-checkouts.ts";

export interface EnsureDeps extends WorkDeps {
  readonly projects: Pick<Projects, "get">;
}

/** Contract: null where the session has none by its nature; an abort rejects and leaves nothing behind. */
export type EnsureCheckout = (sessionId: SessionId, signal: AbortSignal) => Promise<Outcome<Checkout | null>>;

export function makeEnsureCheckout(deps: EnsureDeps): EnsureCheckout {
  return (sessionId, signal) => deps.queue.run(sessionId, () => ensure(deps, sessionId, signal), signal);
}

async function ensure(deps: EnsureDeps, sessionId: SessionId, signal: AbortSignal): Promise<Outcome<Checkout | null>> {
  const record = await deps.store.readSession(sessionId);
  if (record === undefined || record.head.deletedAt !== null) return notFound(sessionId);
  if (!wantsCheckout(record)) return accept(null);
  const { checkout } = record.work;
  if (checkout !== null) {
    const state = await deps.checkouts.state(checkout);
    if (state.ok) return accept(checkout);
    // A scratch repository has its branch nowhere else.
    if (state.refusal.kind !== "tree_missing" || checkout.repository === checkout.path) {
      return refuse(refusalOfCheckout(state.refusal, sessionId));
    }
  }
  const plan = await planOf(deps, record);
  if (!plan.ok) return plan;
  const made = await deps.checkouts.make(plan.value, signal);
  if (!made.ok) return refuse(refusalOfCheckout(made.refusal, sessionId));
  return keep(deps, made.value);
}

async function keep(deps: EnsureDeps, checkout: Checkout): Promise<Outcome<Checkout>> {
  const { sessionId, branch, base, path } = checkout;
  const data = { branch, path, ...(base === null ? {} : { base }) };
  const write = workWrite(deps, sessionId, {
    facts: [{ type: "checkout.created", data }],
    work: { checkout, delivery: { branch, base } },
  });
  const result = await deps.commit(write);
  if (result.kind === "committed") return accept(checkout);
  await deps.checkouts.remove(checkout, "snapshot");
  return notFound(sessionId);
}

async function planOf(deps: EnsureDeps, record: SessionRecord): Promise<Outcome<MakeCheckout>> {
  const project = record.edit.projectId === null ? null : await deps.projects.get(record, record.edit.projectId);
  if (project !== null && !project.ok) return project;
  const body = project?.value.body ?? null;
  const source: Outcome<RepositorySource> = body === null ? accept({ kind: "scratch" }) : sourceOf(body);
  if (!source.ok) return source;
  const base = record.work.delivery?.base ?? body?.default_branch ?? null;
  return accept({
    sessionId: record.id,
    source: source.value,
    branch: branchOf(record),
    ...(base === null ? {} : { base }),
    ...setupOf(body),
  });
}

function setupOf(body: ProjectBody | null) {
  const { setup = [], copy_files: copyFiles = [], setup_timeout_seconds: seconds = 300 } = body ?? {};
  return { setup, copyFiles, setupTimeoutMs: seconds * 1_000 };
}

/** The one it had, the one that was wished for, or one made of what is known of the work. */
function branchOf({ id, edit, facts, work }: SessionRecord): string {
  const wished = work.checkout?.branch ?? work.delivery?.branch ?? edit.settings.branchName ?? null;
  return wished ?? branchNameOf(id, edit.title ?? edit.settings.initialPrompt ?? facts.preview);
}
