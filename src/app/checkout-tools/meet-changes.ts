/**
 * What a command has changed, held against what others have reserved (R6): its own and what is free it holds from now on,
 * what is somebody else's is a `reservation.violated`, told to both. Of what another session says that it wrote in the
 * same time nobody is accused.
 */
import { draft } from "../../core/decide/plan.ts";
import { encodeDraft } from "../../core/events/envelope.ts";
import type { Fact } from "../../core/events/envelope.ts";
import type { SessionId } from "../../core/ids.ts";
import type { ReservationStep, TakeWish } from "../../core/ports/team.ts";
import { violation } from "../../core/team/hold-text.ts";
import { acquiredFacts } from "../../core/team/reservation-facts.ts";
import { RESERVATION_TTL_MS } from "../../core/team/reservation.ts";
import type { Overlap } from "../../core/team/reservation.ts";
import { resolvePath } from "../../core/team/resolve-path.ts";
import type { TreePath } from "../../core/team/tree.ts";
import { describeHolders, tellHolders } from "../team/describe-holders.ts";
import { DEFAULT_POLICY } from "../team/asked-session.ts";
import { holderIdOf } from "../team/take-reservations.ts";
import type { CheckoutToolsDeps, WorkingTree } from "./working-tree.ts";

export interface Changed {
  readonly callId: string;
  readonly command: string;
  /** From the top; without those that were reserved for the call before. */
  readonly paths: readonly string[];
  /** When the tree was looked at before. */
  readonly sinceMs: number;
}

const ATTEMPTS = 20;
/** A command that changed more than this has built or unpacked something: it is told of, and holds nothing. */
const MOST_TAKEN = 20;
const LONGEST_COMMAND = 500;

/** What the writer is to be told; nothing, where all is well. */
export async function meetChanges(
  deps: CheckoutToolsDeps,
  tree: WorkingTree,
  changed: Changed,
): Promise<string | null> {
  const paths = await withoutOthers(deps, tree, changed);
  if (paths.length === 0) return null;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const met = await meet(deps, tree, { ...changed, paths });
    if (met.facts.length === 0) return null;
    const { id: sessionId } = tree.session;
    const events = met.facts.map((fact) => encodeDraft(draft(deps.mint, {}, fact)));
    const team = { reservations: met.steps, ...(met.notices.length === 0 ? {} : { notices: met.notices }) };
    const result = await deps.commit({ sessionId, events, team });
    // Of a session that is over nothing is held; what it wrote into is told all the same.
    if (["committed", "absent", "session_over"].includes(result.kind)) return met.toWriter;
  }
  throw new Error(`Reservations moved ${ATTEMPTS} times while the changes of one command were met`);
}

async function withoutOthers(
  { store }: CheckoutToolsDeps,
  { session, tree }: WorkingTree,
  { paths, sinceMs }: Changed,
): Promise<readonly TreePath[]> {
  const resolved = paths.flatMap((path) => resolvePath(tree, `./${path}`) ?? []);
  if (resolved.length === 0) return [];
  const keys = resolved.map(({ key }) => key);
  const edits = await store.readEdits(session.workspaceId, tree.repository, keys);
  return resolved.filter(({ key }) => {
    const edit = edits.get(key);
    return edit === undefined || edit.lastBy === session.id || Date.parse(edit.lastAt) < sinceMs;
  });
}

interface Met {
  readonly facts: readonly Fact[];
  readonly steps: readonly ReservationStep[];
  readonly notices: readonly { readonly to: SessionId; readonly text: string }[];
  readonly toWriter: string | null;
}

async function meet(
  deps: CheckoutToolsDeps,
  { session, tree, branch }: WorkingTree,
  changed: Omit<Changed, "paths"> & { readonly paths: readonly TreePath[] },
): Promise<Met> {
  const policy = (await deps.branchPolicy(session.workspaceId)) ?? DEFAULT_POLICY;
  const wish = { tree, branch, policy, mode: "exclusive" as const, holderId: holderIdOf(session) };
  const asked = { ...wish, sessionId: session.id, paths: changed.paths };
  const { overlaps, held } = await deps.store.findOverlaps(session.workspaceId, asked);
  const denials = overlaps.filter(({ severity }) => severity === "deny");
  const known = new Set([...held.map(({ path }) => path.key), ...denials.map(({ wished }) => wished.key)]);
  const free = changed.paths.filter(({ key }) => !known.has(key));
  const isTaken = free.length > 0 && changed.paths.length <= MOST_TAKEN;
  const taking = isTaken ? take(deps, { ...wish, paths: free, ttlMs: RESERVATION_TTL_MS, provisionalFor: null }) : null;
  const told = denials.length === 0 ? null : await tell(deps, session.id, denials);
  return {
    facts: [...(told === null ? [] : [violated(changed, denials)]), ...(taking?.facts ?? [])],
    steps: taking?.steps ?? [],
    notices: told === null ? [] : noticesTo(denials, told.toHolder),
    toWriter: told?.toWriter ?? null,
  };

  async function tell(of: CheckoutToolsDeps, id: SessionId, met: readonly Overlap[]) {
    const writer = (await describeHolders(of, session.workspaceId, [id])).get(id);
    const unknown = { name: "Somebody", agent: "Serai", task: null };
    return violation(await tellHolders(of, session.workspaceId, met), writer ?? unknown);
  }
}

function take({ mint }: CheckoutToolsDeps, wish: TakeWish): Pick<Met, "facts" | "steps"> {
  const rows = wish.paths.map((path) => ({ id: mint("reservation"), path }));
  const { mode, ttlMs, branch } = wish;
  const { repository } = wish.tree;
  return {
    facts: acquiredFacts({ repository, rows, mode, ttlMs, branch, toolUseId: null }),
    steps: [{ kind: "take", wish, ids: rows.map(({ id }) => id) }],
  };
}

function violated({ callId, command }: Pick<Changed, "callId" | "command">, denials: readonly Overlap[]): Fact {
  return {
    type: "reservation.violated",
    data: {
      paths: denials.map(({ wished }) => wished.path),
      repository: denials[0]?.reservation.repository ?? "",
      holders: denials.map(({ reservation, wished }) => ({
        path: wished.path,
        held_by_session_id: reservation.sessionId,
        reservation_id: reservation.id,
        expires_at: reservation.expiresAt,
      })),
      tool_use_id: callId,
      command: command.slice(0, LONGEST_COMMAND).toWellFormed(),
    },
  };
}

function noticesTo(denials: readonly Overlap[], text: string): Met["notices"] {
  return [...new Set(denials.map(({ reservation }) => reservation.sessionId))].map((to) => ({ to, text }));
}
