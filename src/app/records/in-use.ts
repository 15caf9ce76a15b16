/**
 * Who still refers to a resource. Asked before a deletion and answered by looking through the workspace: there is no
 * index, and whoever refers to it in the same instant finds out at the next turn, which names what is missing.
 */
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { eachRecord } from "./list-records.ts";
import type { KindDeps, Reader, Resource } from "./resource.ts";

export interface Use<Of, By> {
  readonly of: Pick<KindDeps<Of>, "kind">;
  readonly resource: Resource<Of>;
  readonly by: KindDeps<By>;
  readonly isUser: (body: By) => boolean;
}

export async function refuseIfUsed<Of, By>(
  reader: Reader,
  { of, resource, by, isUser }: Use<Of, By>,
): Promise<Outcome<null>> {
  for await (const user of eachRecord(by, reader)) {
    if (!isUser(user.body)) continue;
    const userName = `${by.kind.refusalKind} "${user.name}"`;
    return refuse({ code: "in_use", kind: of.kind.refusalKind, name: resource.name, by: userName });
  }
  return accept(null);
}
