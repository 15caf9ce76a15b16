/**
 * `X-Org-Id`, by which the guide's clients choose among the organizations of a user. A key of ours belongs to one, so the
 * header can only agree with it; a client that means another one is told, and never served from this one.
 */
import type { Principal } from "../../app/principal.ts";
import { digitsOf, parseId } from "../../core/ids.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";

export function checkOrganization(
  { workspaceId }: Pick<Principal, "workspaceId">,
  header: (name: string) => string | undefined,
): Outcome<null> {
  const text = header("X-Org-Id")?.trim() ?? "";
  if (text === "") return accept(null);
  const id = parseId("organization", text) ?? parseId("workspace", text);
  if (id !== undefined && digitsOf(id) === digitsOf(workspaceId)) return accept(null);
  // What is no organization, what is not there and what is another's look the same.
  const reason = `X-Org-Id names another organization than your key's, org_${digitsOf(workspaceId)}; leave it out, or send a key of that one`;
  return refuse({ code: "forbidden", reason });
}
