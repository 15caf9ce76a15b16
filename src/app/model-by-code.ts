/**
 * A model by the code that its vendor gave it, for doors whose clients know no ids. For a program that brings its own
 * models the code is passed on as it is; a hosted session needs a model that the workspace has.
 */
import type { WorkspaceId } from "../core/ids.ts";
import { accept, refuse } from "../core/refusal.ts";
import type { Outcome } from "../core/refusal.ts";
import type { Kinds } from "./records/kinds.ts";
import { eachRecord } from "./records/list-records.ts";

export type FindModelByCode = (
  reader: { readonly workspaceId: WorkspaceId },
  code: string,
) => Promise<Outcome<{ readonly modelId: string }>>;

export function makeFindModelByCode({ model }: Pick<Kinds, "model">): FindModelByCode {
  return async (reader, code) => {
    for await (const { id, body } of eachRecord(model, reader)) {
      if (body.model_id === code && body.enabled) return accept({ modelId: id });
    }
    return refuse({ code: "not_found", kind: "model", id: code });
  };
}
