/**
 * Reads any error of a provider package, a stream or the network into one plain shape, by structure: the packages are
 * loaded lazily and often more than once, so their classes say nothing.
 */

export interface VendorError {
  /** Of the HTTP answer, or what the package took an error inside a stream for. */
  readonly status: number | undefined;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** `type`, `code`, `status`, `reason` of the error's body, lower case. */
  readonly codes: ReadonlySet<string>;
  /** The parameter that the vendor blames. */
  readonly param: string;
  readonly message: string;
  readonly body: unknown;
  /** Name of the package's error class. */
  readonly name: string;
  /** It came from a socket, not from a vendor. */
  readonly isNetwork: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown): Fields {
  // Any object may be looked into by name; what is found is checked again before use.
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function parseBody(text: unknown): unknown {
  if (typeof text !== "string" || !/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch (fault) {
    if (fault instanceof SyntaxError) return undefined;
    throw fault;
  }
}

/** The object that says what is wrong: `{error: {…}}`, `[{error: {…}}]`, or the thing itself. */
function innerError(body: unknown): Fields {
  const outer = fieldsOf(Array.isArray(body) ? body[0] : body);
  const response = fieldsOf(outer.response);
  const inner = outer.error ?? response.error;
  return typeof inner === "object" && inner !== null ? fieldsOf(inner) : outer;
}

/** Gemini names the window that is used up only in the id of its quota. */
function dailyQuota(details: readonly Fields[]): readonly string[] {
  const violations = details.flatMap(({ violations: list }) => (Array.isArray(list) ? list.map(fieldsOf) : []));
  return violations.some(({ quotaId }) => typeof quotaId === "string" && /PerDay/.test(quotaId))
    ? ["quota_per_day"]
    : [];
}

function collectCodes(...objects: readonly Fields[]): ReadonlySet<string> {
  const values = objects.flatMap(({ type, code, status, reason }) => [type, code, status, reason]);
  return new Set(values.filter((value) => typeof value === "string").map((value) => value.toLowerCase()));
}

function hasSocketCause(error: unknown): boolean {
  let at = error;
  for (let depth = 0; depth < 5 && at instanceof Error; depth++) {
    const { code } = fieldsOf(at);
    if (typeof code === "string" && /^(?:E[A-Z]+|UND_ERR_[A-Z_]+|ConnectionRefused|ConnectionClosed)$/.test(code)) {
      return true;
    }
    at = at.cause;
  }
  return false;
}

function messageOf(error: unknown, inner: Fields): string {
  if (typeof inner.message === "string" && inner.message !== "") return inner.message;
  const { message } = fieldsOf(error);
  if (typeof message === "string") return message;
  return typeof error === "string" ? error : "No reason was given";
}

export function readVendorError(error: unknown): VendorError {
  const fields = fieldsOf(error);
  const body = fields.data ?? parseBody(fields.responseBody);
  const inner = innerError(body);
  const details = Array.isArray(inner.details) ? inner.details.map(fieldsOf) : [];
  const status = [fields.statusCode, fields.status, inner.code].find((value) => typeof value === "number");
  return {
    status,
    headers: lowerNames(fields.responseHeaders),
    codes: new Set([...collectCodes(inner, ...details, error instanceof Error ? {} : fields), ...dailyQuota(details)]),
    param: typeof inner.param === "string" ? inner.param : "",
    message: messageOf(error, inner),
    body,
    name: typeof fields.name === "string" ? fields.name : "",
    isNetwork: hasSocketCause(error) || (error instanceof TypeError && error.message === "terminated"),
  };
}

function lowerNames(headers: unknown): Readonly<Record<string, string>> {
  const pairs = Object.entries(fieldsOf(headers)).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  return Object.fromEntries(pairs);
}
