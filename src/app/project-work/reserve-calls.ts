/**
 * What spawned agents write in their checkouts is reserved as far as they say what that is: before a person is asked about
 * a call, or when it begins, and settled when it ends. A call that would write what somebody else holds is denied, where
 * the agent asks; where it does not, the log says who was in the way.
 */
import type { Fact } from "../../core/events/envelope.ts";
import type { ToolCall } from "../../core/events/content.ts";
import type { SessionId } from "../../core/ids.ts";
import type { Reserve } from "../../core/ports/tools.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import type { TreeReport } from "../../core/team/hook-event.ts";
import { resolvePath, treeOf } from "../../core/team/resolve-path.ts";
import type { SessionRecord } from "../../core/session.ts";
import { isSpawned } from "../../core/project-work/spawned.ts";
import { makeReserve } from "../team/reserve-for-tools.ts";
import type { ReserveDeps } from "../team/reserve-for-tools.ts";

export interface ReserveCallsDeps extends ReserveDeps {
  readonly store: ReserveDeps["store"] & Pick<SessionReads, "readSession">;
  readonly readTree: (path: string) => Promise<TreeReport | null>;
  /** Answers an approval with a denial; a person who was faster has decided. */
  readonly deny: (record: SessionRecord, approvalId: string, reason: string) => Promise<void>;
}

/** Contract: called with facts that are committed, in their order. */
export type ReserveCalls = (sessionId: SessionId, facts: readonly Fact[]) => Promise<void>;

interface Call {
  readonly reserve: Reserve;
  readonly paths: readonly string[];
}

/** Of a machine that no hook client has named yet, and a repository without an origin. */
const THIS_MACHINE = "server";
const CONCERNED = new Set(["approval.requested", "tool.started", "tool.completed"]);

export function makeReserveCalls(deps: ReserveCallsDeps): ReserveCalls {
  // By session and call, from the first word of it to its end.
  const open = new Map<string, Call>();
  return async (sessionId, facts) => {
    if (!facts.some(({ type }) => CONCERNED.has(type))) return;
    const record = await deps.store.readSession(sessionId);
    if (record === undefined || !isSpawned(record.harness) || record.work.checkout === null) return;
    for (const fact of facts) await seeTo({ deps, open, record }, fact);
  };
}

interface Scene {
  readonly deps: ReserveCallsDeps;
  readonly open: Map<string, Call>;
  readonly record: SessionRecord;
}

async function seeTo(scene: Scene, fact: Fact): Promise<void> {
  if (fact.type === "approval.requested" && fact.data.tool_call !== undefined) {
    const reason = await begin(scene, fact.data.tool_call);
    if (reason !== null) await scene.deps.deny(scene.record, fact.data.approval_id, reason);
  } else if (fact.type === "tool.started") await begin(scene, fact.data.tool_call);
  else if (fact.type === "tool.completed") await end(scene, fact.data.tool_call_id, fact.data.success);
}

/** Why it may not be; null where nobody is in the way, or nothing is said of what it writes. */
async function begin({ deps, open, record }: Scene, call: ToolCall): Promise<string | null> {
  const key = `${record.id} ${call.id}`;
  const written = writtenPaths(call);
  if (written.length === 0 || open.has(key)) return null;
  const report = await deps.readTree(record.work.checkout?.path ?? "");
  if (report === null) return null;
  const named = treeOf(report) === undefined ? { ...report, host: THIS_MACHINE } : report;
  const tree = treeOf(named);
  // What lies elsewhere is its sandbox's to refuse, or a person's: nobody holds it here.
  const paths = written.filter((path) => tree !== undefined && resolvePath(tree, path) !== undefined);
  if (paths.length === 0) return null;
  const reserve = makeReserve(deps)({ workspaceId: record.workspaceId, sessionId: record.id, report: named });
  const taken = await reserve.before({ callId: call.id, paths });
  if (!taken.ok) return taken.reason;
  open.set(key, { reserve, paths });
  return null;
}

async function end({ open, record }: Scene, callId: string, isDone: boolean): Promise<void> {
  const key = `${record.id} ${callId}`;
  const call = open.get(key);
  open.delete(key);
  await call?.reserve.after({ callId, paths: call.paths, isDone });
}

const WRITES = /^(?:edit|multi_?edit|write|delete|move|create|notebook_?edit|apply_?patch|patch|replace|str_replace)/i;

function writtenPaths({ name, arguments: given }: ToolCall): readonly string[] {
  if (!WRITES.test(name) || typeof given !== "object" || given === null || Array.isArray(given)) return [];
  const args: Readonly<Record<string, unknown>> = { ...given };
  const named = [args["file_path"], args["path"], args["notebook_path"], args["new_path"], args["filePath"]];
  const located = Array.isArray(args["locations"]) ? args["locations"].map(pathOf) : [];
  return [...new Set([...named, ...located].filter((path): path is string => typeof path === "string" && path !== ""))];
}

function pathOf(place: unknown): unknown {
  return typeof place === "object" && place !== null && "path" in place ? place.path : undefined;
}
