/** Which role may do what: viewers read, members change what the team works with, owners hand out rights. */
import type { Role } from "../../core/ports/keys.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";

const RANK = { viewer: 0, member: 1, owner: 2 } as const satisfies Record<Role, number>;

/**
 * Asked before anything is looked up, so that a "no" tells nothing about what exists.
 */
export function requireRole({ role }: { readonly role: Role }, least: Role): Outcome<null> {
  if (RANK[role] >= RANK[least]) return accept(null);
  return refuse({ code: "forbidden", reason: `your key has the role ${role}, and this needs ${least}` });
}
