/**
 * What can go wrong for a caller: the server said no (`SeraiError`), or nothing that can be used came back
 * (`SeraiConnectionError`). Aborts are neither: they come out as the reason that was given to the signal.
 */

/** The body of a refusal: RFC 9457 problem details; fields beside these depend on the code. Names are the wire's. */
export interface Problem {
  readonly type?: string;
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly code?: string;
  readonly request_id?: string;
  readonly path?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  readonly [field: string]: unknown;
}

export interface SeraiErrorFacts {
  readonly status: number;
  readonly problem: Problem | null;
  /** What was asked, for an answer that does not say what is wrong: `GET /sessions`. */
  readonly asked: string;
  readonly retryAfterMs: number | null;
}

/** The server's refusal. `code` is stable and meant for programs, `message` is a sentence for people. */
export class SeraiError extends Error {
  override readonly name = "SeraiError";
  /** The HTTP status. */
  readonly status: number;
  /** Such as `not_found` or `turn_running`; `http_<status>` when the answer was not the server's own. */
  readonly code: string;
  readonly problem: Problem | null;
  /** Names the request in the server's log. */
  readonly requestId: string | null;
  /** How long the server asks to wait, if it does. */
  readonly retryAfterMs: number | null;

  constructor({ status, problem, asked, retryAfterMs }: SeraiErrorFacts) {
    super(problem?.detail ?? problem?.title ?? `${asked} was answered with HTTP status ${status}`);
    this.status = status;
    this.code = problem?.code ?? `http_${status}`;
    this.problem = problem;
    this.requestId = problem?.request_id ?? null;
    this.retryAfterMs = retryAfterMs;
  }
}

/** No answer, or one that broke off. Whether the server did what was asked is unknown. */
export class SeraiConnectionError extends Error {
  override readonly name = "SeraiConnectionError";
}

export async function errorOf(response: Response, asked: string): Promise<SeraiError> {
  const problem = problemOf(await response.text());
  const retryAfterMs = retryAfterOf(response.headers.get("retry-after"));
  return new SeraiError({ status: response.status, problem, asked, retryAfterMs });
}

function problemOf(text: string): Problem | null {
  try {
    const found: unknown = JSON.parse(text);
    if (typeof found !== "object" || found === null || Array.isArray(found)) return null;
    const entries = Object.entries(found).filter(([key, value]) => !TEXTS.has(key) || typeof value === "string");
    return Object.fromEntries(entries);
  } catch (error) {
    // A proxy's page, say.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const TEXTS: ReadonlySet<string> = new Set(["type", "title", "detail", "code", "request_id"]);

function retryAfterOf(seconds: string | null): number | null {
  return seconds !== null && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1_000 : null;
}
