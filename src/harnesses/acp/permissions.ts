/**
 * What a person's answer means to an agent. Options are chosen by their kind, never by their id or name; an answer for
 * longer than once is given to an agent that can keep it.
 */
import type { Approval } from "../../core/state.ts";
import type { PermissionChoice } from "./inbox.ts";

const ONCE = ["allow_once"] as const;
const LONGER = ["allow_always", "allow_once"] as const;
const DENIED = ["reject_once", "reject_always"] as const;

export type Answered = Pick<Approval, "answer" | "scope">;

/** The option's id; nothing withdraws the question, which every agent understands as a no. */
export function chooseOption(options: readonly PermissionChoice[], { answer, scope }: Answered): string | null {
  if (answer === "cancelled" || answer === null) return null;
  const isLonger = scope === "session" || scope === "always";
  const kinds: readonly string[] = answer === "allow" ? (isLonger ? LONGER : ONCE) : DENIED;
  for (const kind of kinds) {
    const found = options.find((option) => option.kind === kind);
    if (found !== undefined) return found.optionId;
  }
  return null;
}
