/**
 * Whether a session could have the branch that it is to be made with, so that whoever makes it is told and not its first
 * turn. It is a look: between it and that turn somebody else may take the branch, and then the turn says so.
 */
import type { Checkouts } from "../../core/ports/checkouts.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { requireRole } from "../keys/require-role.ts";
import type { Principal } from "../principal.ts";
import { sourceOf } from "../records/projects.ts";
import type { Projects } from "../records/projects.ts";
import { refusalOfCheckout } from "./checkout-refusals.ts";

export interface CheckBranchDeps {
  readonly projects: Pick<Projects, "get">;
  readonly checkouts: Pick<Checkouts, "checkBranch">;
}

export type CheckBranch = (principal: Principal, projectId: string, branch: string) => Promise<Outcome<null>>;

export function makeCheckBranch({ projects, checkouts }: CheckBranchDeps): CheckBranch {
  return async (principal, projectId, branch) => {
    const role = requireRole(principal, "member");
    if (!role.ok) return role;
    const project = await projects.get(principal, projectId);
    if (!project.ok) return project;
    const source = sourceOf(project.value.body);
    if (!source.ok) return source;
    const checked = await checkouts.checkBranch(source.value, branch);
    return checked.ok ? accept(null) : refuse(refusalOfCheckout(checked.refusal, null));
  };
}
