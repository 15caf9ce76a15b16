/** Idempotency keys (T2, C3): the key a client sends, and the hash of what it asked for. */
import { createHash } from "node:crypto";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { RouteRequest } from "../../http/route.ts";

const MAX_LENGTH = 200;

export function readIdempotencyKey({ header }: Pick<RouteRequest, "header">): Outcome<string | undefined> {
  const key = header("idempotency-key");
  if (key === undefined) return accept(undefined);
  if (key !== "" && key.length <= MAX_LENGTH) return accept(key);
  const reason = `must have 1 to ${MAX_LENGTH} characters`;
  return refuse({ code: "invalid_input", path: "Idempotency-Key", reason });
}

/** SHA-256, hex, of a body as its schema read it: fields in the schema's order, unknown ones left out. */
export function hashBody(body: unknown): string {
  return createHash("sha256").update(JSON.stringify(body)).digest("hex");
}
