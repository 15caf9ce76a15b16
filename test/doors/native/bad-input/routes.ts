/**
 * The routes of the native door as the document of a running server tells of them, and what can be asked wrongly of each:
 * every row is made of the document, so a route that is added is asked all of it without a line here.
 */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly minItems?: number;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly schema: Schema;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly security?: readonly unknown[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  };
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export interface NativeRoute {
  /** `PATCH /agents/{agent_id}`. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly isPublic: boolean;
  readonly parameters: readonly Parameter[];
  readonly json?: Schema;
  /** Takes no body but JSON. */
  readonly isJsonOnly: boolean;
  readonly isForm: boolean;
  /** Takes no body but bytes. */
  readonly isBytesOnly: boolean;
}

export function routesOf({ paths }: Document): readonly NativeRoute[] {
  return Object.entries(paths)
    .filter(([path]) => path.startsWith("/api/v1/"))
    .flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => routeOf(method, path, operation)),
    );
}

function routeOf(method: string, fullPath: string, { parameters = [], security, requestBody }: Operation): NativeRoute {
  const path = fullPath.replace("/api/v1", "");
  const types = Object.entries(requestBody?.content ?? {});
  const json = requestBody?.content["application/json"]?.schema;
  const isOnly = (type: string) => types.length === 1 && types[0]?.[0] === type;
  return {
    name: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase(),
    path,
    isPublic: security?.length === 0,
    parameters,
    ...(json === undefined ? {} : { json }),
    isJsonOnly: isOnly("application/json"),
    isForm: isOnly("multipart/form-data"),
    isBytesOnly: isOnly("application/octet-stream"),
  };
}

/** Ids say in the document how they look; what does not is text, which a use case judges. */
export function isId({ schema }: Parameter): boolean {
  return schema.pattern !== undefined;
}

/** Well-formed, and nobody's. */
export function absentId({ pattern = "" }: Schema): string {
  return `${pattern.slice(1, pattern.indexOf("_"))}_00000000000070008000000000000009`;
}

export const MALFORMED_IDS: readonly string[] = [
  "nonsense",
  "ses_",
  "ses_01933b5a",
  `ses_${"A".repeat(32)}`,
  `${"0".repeat(32)}`,
  "x_00000000000070008000000000000009",
  "..%2F..%2Fetc%2Fpasswd",
  "%2e%2e%5c",
  "a%00b",
  "%ff",
  "%zz",
  "__proto__",
  "constructor",
  "'%20OR%201=1--",
  "💥".repeat(50),
  "a".repeat(3_000),
];

/** Values of text in a path that no route of ours can mean. */
export const BAD_PATH_TEXTS: readonly string[] = ["a%00b", "%ff", "%zz", "a".repeat(5_000)];

/** Ways out of a folder, and what looks like one to somebody. */
export const TRAVERSALS: readonly string[] = [
  "../etc/passwd",
  "/../etc/passwd",
  "/a/../../etc/passwd",
  "/a/./b",
  "/..",
  "/%2e%2e/etc/passwd",
  "/a%2f..%2fb",
  "/a%00b",
  "..\\..\\windows",
  "/a\\b",
  "C:\\windows",
  "\\\\server\\share",
  "/a//b",
  "/a/.. /b",
  "/a/...",
  "/a\nb",
  "/a\u202eb",
  `/${"x".repeat(256)}`,
  `/${"d/".repeat(600)}x`,
];

/** Wrong values of one parameter of a query, already encoded. */
export function badQueryValues({ schema }: Parameter): readonly string[] {
  const twice = schema.type === "array" ? [] : ["1&NAME=2"];
  if (schema.enum !== undefined) return ["nonsense", "", "%00", "__proto__", ...twice];
  if (schema.pattern !== undefined) return ["nonsense", "", "%00", "x_1", ...twice];
  if (schema.type === "integer") return ["abc", "-1", "1e3", "0x1", "1.5", "", "NaN", "9".repeat(16), ...twice];
  if (schema.type === "boolean") return ["maybe", "2", "TRUE", ...twice];
  if (schema.type === "array") {
    const { maxItems = 100 } = schema;
    return ["%00", Array.from({ length: maxItems + 1 }, (_, i) => `x${i}`).join("&NAME=")];
  }
  return ["%00", "x".repeat((schema.maxLength ?? 4_096) + 1), ...twice];
}
