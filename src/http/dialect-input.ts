/** What the doors of other products read alike: an id of any form in a path, and a text that is to be a message. */
import { z } from "zod";
import { parseId } from "../core/ids.ts";
import type { SessionId } from "../core/ids.ts";
import type { Limits } from "../core/limits.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import { plainText } from "./input.ts";

/** Any text: what is no id names nothing, and that is a 404 there (ruling 3). */
export const anySessionPath = z.object({ id: z.string() });

const MAX_SHOWN = 80;

export function sessionIdOf(text: string): Outcome<SessionId> {
  const id = parseId("session", text);
  return id === undefined ? refuse({ code: "not_found", kind: "session", id: text.slice(0, MAX_SHOWN) }) : accept(id);
}

/** What git would take, said before anything is made of it; git itself has the last word. */
export function branchName(error = "must be a text") {
  return plainText(z.string({ error }).min(1).max(MAX_BRANCH)).refine(
    (name) =>
      name !== "@" && name !== "HEAD" && !/[\s~^:?*[\\\p{Cc}]|\.\.|@\{|\/\/|^[-/.]|[/.]$|\.lock$|\/\./u.test(name),
    "is no name for a branch: use letters, digits, - _ . and /, without spaces, .., or a / at either end",
  );
}

const MAX_BRANCH = 255;

/** A message is an event, and its event has a limit; quotes and braces are left some room. */
const ENVELOPE_BYTES = 1_024;

export function messageText({ messageBytes }: Pick<Limits, "messageBytes">) {
  const fits = (text: string) => Buffer.byteLength(JSON.stringify(text)) + ENVELOPE_BYTES <= messageBytes;
  const isSaid = (text: string) => text.trim() !== "";
  return plainText(z.string()).refine(isSaid, "must not be empty").refine(fits, `has more than ${messageBytes} bytes`);
}
