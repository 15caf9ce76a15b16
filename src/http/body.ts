/**
 * Request bodies: read within a limit, parsed strictly, checked by a schema. What a client got wrong is a Problem that
 * names the place; nothing here throws for it. Bytes come from the socket where there is one and from the web request
 * in process; they are never held whole unless JSON was asked for.
 */
import type { IncomingMessage } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { z } from "zod";
import { lookAtJson } from "../lib/json.ts";
import type { JsonRefusalReason, JsonValue } from "../lib/json.ts";
import { checkInput } from "./input.ts";
import { httpProblem, problemOfRefusal } from "./problems.ts";
import type { Problem } from "./problems.ts";
import type { Read } from "./read.ts";

export interface BodyLimit {
  readonly maxBytes: number;
  /** The name under which the limit is published. */
  readonly setting: string;
  readonly maxDepth: number;
  readonly maxKeys: number;
  readonly maxValues: number;
}

export interface BodySource {
  /** Lower case, without parameters; empty when none was sent. */
  readonly contentType: string;
  readonly isJson: boolean;
  /** What the client announced, if it did. */
  readonly announcedBytes: number | undefined;
  /** Contract: read once. Ends early with an error when the client goes away. */
  bytes(): AsyncIterable<Uint8Array>;
  /** The whole, as UTF-8. */
  text(limit?: Partial<BodyLimit>): Promise<Read<string>>;
  json<S extends z.ZodType>(schema: S, limit?: Partial<BodyLimit>): Promise<Read<z.output<S>>>;
}

/** The client went away in the middle of its request; nobody is there to be answered. */
export class ClientGone extends Error {
  override readonly name = "ClientGone";
}

export interface RawRequest {
  readonly incoming: IncomingMessage | undefined;
  readonly request: Request;
  header(name: string): string | undefined;
}

export function openBody(raw: RawRequest, limit: BodyLimit): BodySource {
  const contentType = (raw.header("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const announced = Number(raw.header("content-length") ?? Number.NaN);
  const announcedBytes = Number.isSafeInteger(announced) ? announced : undefined;
  const source: BodySource = {
    contentType,
    isJson: contentType === "application/json" || contentType.endsWith("+json"),
    announcedBytes,
    bytes: () => (raw.incoming === undefined ? webBytes(raw.request) : socketBytes(raw.incoming)),
    text: (override) => readText(source, raw, { ...limit, ...override }),
    json: async (schema, override) => {
      const text = await readText(source, raw, { ...limit, ...override });
      if (!text.ok) return text;
      const parsed = await parseJson(text.value, limit);
      return parsed.ok ? checkInput("body", schema, parsed.value) : parsed;
    },
  };
  return source;
}

/** Breaking off early leaves the socket open, so that the refusal still reaches the client. */
async function* socketBytes(incoming: IncomingMessage): AsyncIterable<Uint8Array> {
  try {
    for await (const chunk of incoming.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
  } catch (cause) {
    throw new ClientGone("The client closed the connection before its request was complete", { cause });
  }
}

/** Most bodies have come with their headers: there is nothing to wait for. */
function arrivedBytes(incoming: IncomingMessage, { announcedBytes = 0 }: BodySource): Uint8Array | null {
  if (announcedBytes === 0 || incoming.readableLength !== announcedBytes) return null;
  // Without an encoding set, which nobody here does, what is read is bytes.
  const bytes = incoming.read() as Buffer | null;
  // Its end is still to be heard, or the connection takes no next request.
  incoming.resume();
  return bytes;
}

async function* webBytes({ body }: Request): AsyncIterable<Uint8Array> {
  if (body !== null) yield* body;
}

async function readText(source: BodySource, { incoming }: RawRequest, limit: BodyLimit): Promise<Read<string>> {
  const tooLarge = (): Read<string> => ({ ok: false, problem: bodyTooLarge(limit) });
  if ((source.announcedBytes ?? 0) > limit.maxBytes) return tooLarge();
  const arrived = incoming === undefined ? null : arrivedBytes(incoming, source);
  if (arrived !== null) return arrived.byteLength > limit.maxBytes ? tooLarge() : decodeText(arrived);
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of source.bytes()) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > limit.maxBytes) return tooLarge();
    chunks.push(chunk);
  }
  return decodeText(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
}

function decodeText(bytes: Uint8Array): Read<string> {
  try {
    return { ok: true, value: new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { ok: false, problem: httpProblem("malformed_json", "The body is not valid UTF-8", { fields: atRoot }) };
  }
}

/** The rest of the request is not worth reading: the connection ends with the answer. */
export function bodyTooLarge({ maxBytes, setting }: Pick<BodyLimit, "maxBytes" | "setting">): Problem {
  const problem = problemOfRefusal({ code: "too_large", what: "the body", limit: maxBytes, setting });
  return { ...problem, fields: { ...problem.fields, in: "body", path: "" }, headers: { Connection: "close" } };
}

const atRoot = { in: "body", path: "" } as const;

const REASONS: Readonly<Record<JsonRefusalReason, string>> = {
  malformed: "is not valid JSON",
  duplicate_key: "is given twice",
  too_deep: "is nested too deeply",
  forbidden_key: "is a key that is not accepted",
  nul_character: "contains a NUL character",
  lone_surrogate: "contains half a surrogate pair",
  number_overflow: "is a number that is too large",
  too_many_keys: "has an object of more keys than jsonKeys of GET /api/v1/limits",
  too_many_values: "has more values than jsonValues of GET /api/v1/limits",
};

/** More of it than this takes long enough for others to have their turn between the steps. */
const LARGE_TEXT = 1024 * 1024;

async function parseJson(text: string, limit: BodyLimit): Promise<Read<JsonValue>> {
  const isLarge = text.length > LARGE_TEXT;
  if (isLarge) await nextTurn();
  const looked = lookAtJson(text, limit);
  if (isLarge) await nextTurn();
  const parsed = looked.kind === "shaped" ? looked.parse() : looked;
  if (isLarge) await nextTurn();
  if (parsed.kind === "parsed") return { ok: true, value: parsed.value };
  const { reason, path, position } = parsed;
  const where = position === undefined ? "" : ` (at character ${position})`;
  const message = `${REASONS[reason]}${where}`;
  const fields = { in: "body", path, reason, errors: [{ path, message }] };
  const detail = `${path === "" ? "The body" : path} ${message}`;
  return { ok: false, problem: httpProblem("malformed_json", detail, { fields }) };
}

export function wrongMediaType(contentType: string): Problem {
  const sent = contentType === "" ? "no content type" : `"${contentType}"`;
  return httpProblem("unsupported_media_type", `The body must be application/json, and ${sent} was sent`);
}
