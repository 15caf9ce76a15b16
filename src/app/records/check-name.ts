/** What a name of a resource may be: anything a person can read and tell from another. */
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";

const MAX_NAME_LENGTH = 200;
// Control characters, line separators and bidirectional overrides make two names look the same in a list.
const UNREADABLE = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** Comes out without spaces around it and in composed form, so that what looks the same is the same. */
export function checkName(name: unknown): Outcome<string> {
  if (typeof name !== "string") return invalidName("is needed");
  const tidy = name.normalize("NFC").trim();
  if (tidy === "") return invalidName("must not be empty");
  if (tidy.length > MAX_NAME_LENGTH) return invalidName(`must have at most ${MAX_NAME_LENGTH} characters`);
  if (UNREADABLE.test(tidy)) return invalidName("must not have control characters");
  return accept(tidy);
}

function invalidName(reason: string) {
  return refuse({ code: "invalid_input", path: "/name", reason });
}

const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

/** Names that appear in addresses. */
export function checkSlug(name: unknown): Outcome<string> {
  if (typeof name === "string" && SLUG.test(name) && !name.includes("--")) return accept(name);
  return invalidName("must be at most 64 lower-case letters and digits, with single hyphens between them");
}
