/**
 * Decisions: short facts that a team's agents should know. One that a session records is made in the same commit as the
 * `decision.recorded` of that session's log.
 *
 * Never stores what follows from other facts: which decision took the place of another, and whether the files have been
 * edited much since, is asked anew each time.
 */
import { draft } from "../../core/decide/plan.ts";
import { encodeDraft } from "../../core/events/envelope.ts";
import { parseId } from "../../core/ids.ts";
import type { MintId, SessionId } from "../../core/ids.ts";
import type { SessionReads } from "../../core/ports/store.ts";
import type { TeamReads } from "../../core/ports/team.ts";
import type { DecisionBody, DecisionType } from "../../core/records/team.ts";
import { accept } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { decisionFact, repositoryPath } from "../../core/team/decision.ts";
import { resolvePath } from "../../core/team/resolve-path.ts";
import type { CommitWrite } from "../commit.ts";
import { requireRole } from "../keys/require-role.ts";
import type { Principal } from "../principal.ts";
import { notFound, readOwnSession } from "../read-session.ts";
import { createRecord } from "../records/create-record.ts";
import { getRecord } from "../records/get-record.ts";
import type { Kinds } from "../records/kinds.ts";
import { removeRecord } from "../records/remove-record.ts";
import { fullTextOf, parseBody } from "../records/resource.ts";
import type { Reader, Resource, Writer } from "../records/resource.ts";
import { updateRecord } from "../records/update-record.ts";
import { countEdits, describeDecisions } from "./describe-decisions.ts";
import type { Decision, DescribeDecisionsDeps } from "./describe-decisions.ts";
import { listDecisions } from "./list-decisions.ts";
import type { DecisionPage, DecisionQuery } from "./list-decisions.ts";

export interface RecordDecision {
  readonly title: string;
  readonly rationale?: string;
  readonly type?: DecisionType;
  readonly files?: readonly string[];
  readonly tags?: readonly string[];
  /** The decision that this one takes the place of. */
  readonly supersedes?: string;
  /** Whose agent decided; its log tells of it. */
  readonly sessionId?: SessionId;
}

export interface UpdateDecision extends Partial<Omit<RecordDecision, "supersedes" | "sessionId">> {
  readonly id: string;
  readonly version?: number;
}

export interface Decisions {
  record(principal: Principal, command: RecordDecision): Promise<Outcome<Decision>>;
  get(reader: Reader, id: string): Promise<Outcome<Decision>>;
  list(reader: Reader, query: DecisionQuery): Promise<DecisionPage>;
  update(writer: Writer, change: UpdateDecision): Promise<Outcome<Decision>>;
  remove(writer: Writer, id: string): Promise<Outcome<Resource<DecisionBody>>>;
  /** It still holds: edits are counted from now on. */
  reaffirm(principal: Principal, id: string): Promise<Outcome<Decision>>;
}

export interface DecisionsDeps extends DescribeDecisionsDeps {
  readonly kinds: Pick<Kinds, "decision" | "user">;
  readonly store: DescribeDecisionsDeps["store"] & Pick<SessionReads, "readSession"> & Pick<TeamReads, "readPresence">;
  readonly commit: CommitWrite;
  readonly mint: MintId;
  readonly now: () => number;
}

export function makeDecisions(deps: DecisionsDeps): Decisions {
  const { decision: kind } = deps.kinds;
  const described = async (reader: Reader, found: Outcome<Resource<DecisionBody>>): Promise<Outcome<Decision>> => {
    if (!found.ok) return found;
    const [one] = await describeDecisions(deps, reader, [found.value]);
    if (one === undefined) throw new Error(`Decision "${found.value.id}" got no description`);
    return accept(one);
  };
  return {
    record: async (principal, command) => described(principal, await recordDecision(deps, principal, command)),
    get: async (reader, id) => described(reader, await getRecord(kind, reader, id)),
    list: (reader, query) => listDecisions(deps, reader, query),
    update: async (writer, change) => described(writer, await updateDecision(deps, writer, change)),
    remove: (writer, id) => removeRecord(kind, writer, id),
    reaffirm: async (principal, id) => described(principal, await reaffirmDecision(deps, principal, id)),
  };
}

async function recordDecision(
  deps: DecisionsDeps,
  principal: Principal,
  command: RecordDecision,
): Promise<Outcome<Resource<DecisionBody>>> {
  const { decision: kind } = deps.kinds;
  const role = requireRole(principal, "member");
  if (!role.ok) return role;
  const { sessionId, supersedes, ...rest } = command;
  const old = supersedes === undefined ? accept(null) : await getRecord(kind, principal, supersedes);
  if (!old.ok) return old;
  const place = sessionId === undefined ? accept(nowhere) : await placeOf(deps, principal, sessionId);
  if (!place.ok) return place;
  const files = (command.files ?? []).map((file) => place.value.relative(file)).filter((file) => file !== "");
  const { repository, keyOf } = place.value;
  const body = {
    ...rest,
    files: [...new Set(files)],
    supersedes: old.value?.id ?? null,
    session_id: sessionId ?? null,
    made_by: principal.userId,
    repository,
    edits: await countEdits(deps, principal, { repository, keys: files.map(keyOf) }),
  };
  if (sessionId === undefined) return createRecord(kind, principal, { body });
  return commitDecision(deps, principal, { sessionId, body });
}

/** What paths that a session names are relative to. */
interface Place {
  readonly repository: string | null;
  readonly relative: (path: string) => string;
  readonly keyOf: (path: string) => string;
}

const nowhere: Place = { repository: null, relative: repositoryPath, keyOf: (path) => path };

async function placeOf({ store }: DecisionsDeps, reader: Reader, id: SessionId): Promise<Outcome<Place>> {
  const found = await readOwnSession(store, reader, id);
  if (!found.ok) return found;
  const tree = (await store.readPresence(id))?.tree;
  if (tree === undefined || tree === null) return accept(nowhere);
  return accept({
    repository: tree.repository,
    relative: (path) => resolvePath(tree, path)?.path ?? repositoryPath(path),
    keyOf: (path) => resolvePath(tree, path)?.key ?? path,
  });
}

async function commitDecision(
  { kinds, commit, mint }: DecisionsDeps,
  { workspaceId }: Principal,
  { sessionId, body: given }: { readonly sessionId: SessionId; readonly body: unknown },
): Promise<Outcome<Resource<DecisionBody>>> {
  const { decision: deps } = kinds;
  const body = parseBody(deps, given);
  if (!body.ok) return body;
  const id = mint("decision");
  const record = { kind: "decision", id, workspaceId, name: null, body: JSON.stringify(body.value) } as const;
  const result = await commit({
    sessionId,
    events: [encodeDraft(draft(mint, {}, decisionFact(id, body.value)))],
    records: [{ kind: "create", record, ...fullTextOf(deps, body.value) }],
  });
  if (result.kind === "absent") return notFound(sessionId);
  if (result.kind !== "committed") throw new Error(`The decision of ${sessionId} was answered ${result.kind}`);
  return getRecord(deps, { workspaceId }, id);
}

async function updateDecision(
  deps: DecisionsDeps,
  writer: Writer,
  { id, version, files: given, ...change }: UpdateDecision,
): Promise<Outcome<Resource<DecisionBody>>> {
  const { decision: kind } = deps.kinds;
  const role = requireRole(writer, "member");
  if (!role.ok) return role;
  const found = await getRecord(kind, writer, id);
  if (!found.ok) return found;
  const { body } = found.value;
  const place = await placeOfDecision(deps, writer, body);
  const files = given === undefined ? null : [...new Set(given.map(place.relative).filter((file) => file !== ""))];
  const counted =
    files === null ? {} : { files, edits: await editsAfter(deps, writer, { body, keys: files.map(place.keyOf) }) };
  const from = version === undefined ? {} : { version };
  return updateRecord(kind, writer, { id, patch: { ...change, ...counted }, ...from });
}

/** Files are counted where the session is that recorded it; if that is gone, their names are taken as they are. */
async function placeOfDecision(deps: DecisionsDeps, reader: Reader, { session_id }: DecisionBody): Promise<Place> {
  const sessionId = parseId("session", session_id ?? "");
  const place = sessionId === undefined ? accept(nowhere) : await placeOf(deps, reader, sessionId);
  return place.ok ? place.value : nowhere;
}

/** Files that stay keep their counts, new ones begin now; null takes one away (RFC 7396). */
async function editsAfter(
  deps: DecisionsDeps,
  reader: Reader,
  { body, keys }: { readonly body: DecisionBody; readonly keys: readonly string[] },
): Promise<Readonly<Record<string, number | null>>> {
  const gone = Object.keys(body.edits).filter((key) => !keys.includes(key));
  const fresh = keys.filter((key) => !Object.hasOwn(body.edits, key));
  const counts = await countEdits(deps, reader, { repository: body.repository ?? null, keys: fresh });
  return { ...Object.fromEntries(gone.map((key) => [key, null])), ...counts };
}

async function reaffirmDecision(
  deps: DecisionsDeps,
  principal: Principal,
  id: string,
): Promise<Outcome<Resource<DecisionBody>>> {
  const { decision: kind } = deps.kinds;
  const role = requireRole(principal, "member");
  if (!role.ok) return role;
  const found = await getRecord(kind, principal, id);
  if (!found.ok) return found;
  const { body } = found.value;
  const keys = Object.keys(body.edits);
  const edits = await countEdits(deps, principal, { repository: body.repository ?? null, keys });
  const at = new Date(deps.now()).toISOString();
  return updateRecord(kind, principal, { id, patch: { edits, reaffirmed_at: at, reaffirmed_by: principal.userId } });
}
