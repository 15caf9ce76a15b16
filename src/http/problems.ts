/**
 * From refusals to problems: status, title, and a sentence that names the thing and the way out (RFC 9457 in spirit;
 * each door gives it its own shape, D4). The tables are total by type. Nothing in here names a dialect, and a fault
 * never says more than the id of its request.
 */
import { StorageFull } from "../core/ports/store.ts";
import type { Refusal, RefusalCode } from "../core/refusal.ts";
import { faultWords, nameOf, NEEDS, sentenceCase, WAYS, waysOut } from "./problem-words.ts";
import type { RefusalOf, Row } from "./problem-row.ts";
import { workRows } from "./work-problems.ts";

/** Answers that no use case gives: HTTP itself was used in a way that cannot be served. */
export type HttpCode =
  | "malformed_json"
  | "unsupported_media_type"
  | "route_not_found"
  | "method_not_allowed"
  | "host_not_allowed"
  | "origin_not_allowed"
  | "range_not_satisfiable"
  | "internal_error";

export type ProblemCode = RefusalCode | HttpCode;

export interface Problem {
  readonly status: number;
  readonly code: ProblemCode;
  readonly title: string;
  readonly detail: string;
  /** Beside the fixed keys; names are those of the wire. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where a value that cannot be read was found. */
export type InputPlace = "body" | "query" | "path" | "header";

export interface InputFault {
  /** JSON pointer in a body, the parameter's name elsewhere. */
  readonly path: string;
  readonly message: string;
}

/** Titles are the same for every problem of a code; details are for this one. Table order: by status. */
const refusalRows = {
  ...workRows,
  invalid_input: {
    status: 400,
    title: "Invalid input",
    detail: ({ path, reason }) => (path === "" ? sentenceCase(reason) : `${path}: ${reason}`),
    fields: ({ path, reason }) => ({ path, errors: [{ path, message: reason }] }),
  },
  invalid_cursor: {
    status: 400,
    title: "Invalid cursor",
    detail: ({ path, reason }) => `${path}: ${reason}; leave it out to begin at the start of the log`,
    fields: ({ path, reason }) => ({ path, errors: [{ path, message: reason }] }),
  },
  turn_running: {
    status: 400,
    title: "Turn running",
    detail: ({ sessionId, isMessage }) =>
      `Session ${sessionId} has a running turn; wait for turn.completed${isMessage === false ? " or cancel it" : ", cancel it, or send with when_busy=queue"}`,
    fields: ({ sessionId }) => ({ session_id: sessionId }),
  },
  unauthenticated: {
    status: 401,
    title: "Not authenticated",
    detail: ({ reason }) => `${sentenceCase(reason)}; send "Authorization: Bearer <key>"`,
  },
  budget_exhausted: {
    status: 402,
    title: "Budget exhausted",
    detail: ({ sessionId }) => `The budget of session ${sessionId} is used up; raise it to go on`,
    fields: ({ sessionId }) => ({ session_id: sessionId }),
  },
  forbidden: { status: 403, title: "Forbidden", detail: ({ reason }) => sentenceCase(reason) },
  read_only: {
    status: 403,
    title: "Read-only",
    detail: ({ kind, name }) => `${sentenceCase(nameOf(kind))} "${name}" is read-only`,
    fields: ({ kind, name }) => ({ kind, name }),
  },
  not_found: {
    status: 404,
    title: "Not found",
    detail: ({ kind, id }) => `${sentenceCase(nameOf(kind))} "${id}" was not found`,
    fields: ({ kind, id }) => ({ kind, id }),
  },
  on_hold: {
    status: 409,
    title: "On hold",
    detail: ({ sessionId }) => `Session ${sessionId} is paused; resume it, or send with when_busy=queue`,
    fields: ({ sessionId }) => ({ session_id: sessionId, allowed: ["resume"] }),
  },
  not_allowed: {
    status: 409,
    title: "Not allowed in this state",
    detail: ({ sessionId, action, state, allowed }) =>
      `Session ${sessionId} is ${state}, so you cannot ${WAYS[action]}; ${waysOut(allowed)}`,
    fields: ({ sessionId, action, state, allowed }) => ({ session_id: sessionId, action, state, allowed }),
  },
  reserved: {
    status: 409,
    title: "Reserved by another",
    detail: ({ advice }) => advice,
    fields: ({ reason, holders }) => ({
      message: reason,
      holders: holders.map((held) => ({
        path: held.path,
        reservation_id: held.reservationId,
        session_id: held.sessionId,
        held_path: held.heldPath,
        user_name: held.userName,
        agent_name: held.agentName,
        task: held.task,
        branch: held.branch,
        expires_at: held.expiresAt,
        remaining: held.remaining,
      })),
    }),
  },
  not_waiting: {
    status: 409,
    title: "Not waiting for this",
    detail: ({ sessionId, need, state, allowed }) =>
      `Session ${sessionId} is not waiting for ${NEEDS[need]}: it is ${state}; ${waysOut(allowed)}`,
    fields: ({ sessionId, need, state, allowed }) => ({ session_id: sessionId, need, state, allowed }),
  },
  already_answered: {
    status: 409,
    title: "Already answered",
    detail: ({ approvalId, answer }) =>
      `Approval ${approvalId} was settled before, with "${answer}", and stays as it is`,
    fields: ({ approvalId, answer }) => ({ approval_id: approvalId, answer }),
  },
  already_exists: {
    status: 409,
    title: "Already exists",
    detail: ({ kind, name }) =>
      `${sentenceCase(nameOf(kind))} "${name}" already exists; choose another name or change it`,
    fields: ({ kind, name }) => ({ kind, name }),
  },
  version_conflict: {
    status: 409,
    title: "Changed meanwhile",
    detail: ({ kind, name }) => `${sentenceCase(nameOf(kind))} "${name}" was changed meanwhile; read it and try again`,
    fields: ({ kind, name }) => ({ kind, name }),
  },
  in_use: {
    status: 409,
    title: "In use",
    detail: ({ kind, name, by }) => `${sentenceCase(nameOf(kind))} "${name}" is in use by ${by}`,
    fields: ({ kind, name, by }) => ({ kind, name, by }),
  },
  too_large: {
    status: 413,
    title: "Too large",
    detail: ({ what, limit, setting }) =>
      `${sentenceCase(what)} is larger than ${limit}; the limit is the setting "${setting}"`,
    fields: ({ what, limit, setting }) => ({ what, limit, setting }),
  },
  quota_exceeded: {
    status: 409,
    title: "Quota exceeded",
    detail: ({ what, limit, setting }) =>
      `No more than ${limit} ${what} are allowed; the limit is the setting "${setting}"`,
    fields: ({ what, limit, setting }) => ({ what, limit, setting }),
  },
  unsupported_content: {
    status: 415,
    title: "Unsupported content",
    detail: ({ what, reason }) => `${sentenceCase(what)} ${reason}`,
    fields: ({ what }) => ({ what }),
  },
  invalid_document: {
    status: 422,
    title: "Invalid document",
    detail: ({ what, faults }) => faultWords(what, faults),
    fields: ({ what, faults }) => ({ what, errors: faults }),
  },
  not_installed: {
    status: 501,
    title: "Not installed",
    detail: ({ what, packageName }) =>
      `${sentenceCase(what)} need the package "${packageName}", which this server does not have; install it beside Serai (npm install ${packageName}) and start the server again`,
    fields: ({ what, packageName }) => ({ what, package: packageName }),
  },
  idempotency_mismatch: {
    status: 422,
    title: "Idempotency key used before",
    detail: ({ key }) => `The key "${key}" was used before with another body; send the same body or a new key`,
    fields: ({ key }) => ({ key }),
  },
  provider_failed: {
    status: 502,
    title: "Provider failed",
    detail: ({ name, reason }) => `Provider "${name}" did not answer as it should: ${reason}`,
    fields: ({ name, reason }) => ({ name, reason }),
  },
  timed_out: {
    status: 504,
    title: "Timed out",
    detail: ({ what, afterMs }) => `${sentenceCase(what)} did not answer within ${afterMs} ms; try again`,
    fields: ({ what, afterMs }) => ({ what, after_ms: afterMs }),
  },
  storage_full: {
    status: 507,
    title: "Storage full",
    detail: () => "The disk of the server is full and nothing was written; free space and send the request again",
  },
} as const satisfies { readonly [C in RefusalCode]: Row<RefusalOf<C>> };

const httpRows = {
  malformed_json: { status: 400, title: "Malformed JSON" },
  unsupported_media_type: { status: 415, title: "Unsupported media type" },
  route_not_found: { status: 404, title: "No such route" },
  method_not_allowed: { status: 405, title: "Method not allowed" },
  host_not_allowed: { status: 403, title: "Host not allowed" },
  origin_not_allowed: { status: 403, title: "Origin not allowed" },
  range_not_satisfiable: { status: 416, title: "Range not satisfiable" },
  internal_error: { status: 500, title: "Internal error" },
} as const satisfies Record<HttpCode, { readonly status: number; readonly title: string }>;

export function statusOfCode(code: ProblemCode): number {
  return { ...refusalRows, ...httpRows }[code].status;
}

export function problemOfRefusal(refusal: Refusal): Problem {
  // The row is found by the refusal's own code, so both agree; TypeScript cannot follow that through the index.
  const row = refusalRows[refusal.code] as Row<Refusal>;
  return {
    status: row.status,
    code: refusal.code,
    title: row.title,
    detail: row.detail(refusal),
    fields: row.fields?.(refusal) ?? {},
    ...(refusal.code === "unauthenticated" ? { headers: { "WWW-Authenticate": 'Bearer realm="serai"' } } : {}),
  };
}

export function httpProblem(
  code: HttpCode,
  detail: string,
  more: Pick<Partial<Problem>, "fields" | "headers"> = {},
): Problem {
  return { ...httpRows[code], code, detail, fields: {}, ...more };
}

export function inputProblem(place: InputPlace, faults: readonly InputFault[]): Problem {
  const first = faults[0] ?? { path: "", message: "cannot be read" };
  const name = first.path === "" ? sentenceCase(place) : first.path;
  return {
    status: refusalRows.invalid_input.status,
    code: "invalid_input",
    title: refusalRows.invalid_input.title,
    detail: `${name}: ${first.message}`,
    fields: { in: place, path: first.path, errors: faults },
  };
}

/** A problem of a field that a door calls otherwise than we do: its clients know no other name. */
export function withFieldNames(problem: Problem, names: Readonly<Record<string, string>>): Problem {
  const { path, errors } = problem.fields;
  const name = typeof path === "string" ? names[path] : undefined;
  if (problem.code !== "invalid_input" || name === undefined) return problem;
  // The table above gives this code its errors, one of them at least.
  const [first] = errors as readonly InputFault[];
  const message = first?.message ?? problem.title;
  return {
    ...problem,
    detail: `${name}: ${message}`,
    fields: { ...problem.fields, path: name, errors: [{ path: name, message }] },
  };
}

/** What the caller of a broken machine is told; the cause goes to the log under the same request id. */
export function problemOfFault(error: unknown): Problem {
  if (error instanceof StorageFull) return problemOfRefusal({ code: "storage_full" });
  return httpProblem("internal_error", "Something broke on our side; the log has more under this request id");
}
