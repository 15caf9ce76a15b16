/** What a new session may name: things that are there, its own workspace's, and not archived. */
import { parseId } from "../../core/ids.ts";
import type { Id, IdKind, WorkspaceId } from "../../core/ids.ts";
import { accept } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { CheckCapabilities } from "../capability-refs.ts";
import type { SessionParts } from "../create-session.ts";
import type { CheckTools } from "../tool-policies.ts";
import { findRecord } from "./get-record.ts";
import type { Kinds } from "./kinds.ts";
import { checkReference } from "./references.ts";
import type { KindDeps } from "./resource.ts";

export interface SessionPartsDeps {
  readonly kinds: Pick<Kinds, "agent" | "harness" | "model">;
  readonly checkCapabilities: CheckCapabilities;
  readonly checkTools: CheckTools;
}

export function makeSessionParts({ kinds, checkCapabilities, checkTools }: SessionPartsDeps): SessionParts {
  return {
    checkAgent: (workspaceId, id) => checkPart(kinds.agent, workspaceId, { kind: "agent", id }),
    checkHarness: (workspaceId, id) => checkPart(kinds.harness, workspaceId, { kind: "harness", id }),
    findHarness: async (workspaceId, name) => {
      const found = await findRecord(kinds.harness, { workspaceId }, name);
      return checkPart(kinds.harness, workspaceId, { kind: "harness", id: found?.id ?? name });
    },
    checkModel: (workspaceId, id) => checkPart(kinds.model, workspaceId, { kind: "model", id }),
    checkCapabilities,
    checkTools,
  };
}

async function checkPart<Body, K extends IdKind>(
  deps: KindDeps<Body>,
  workspaceId: WorkspaceId,
  { kind, id }: { readonly kind: K; readonly id: string },
): Promise<Outcome<Id<K>>> {
  const found = await checkReference(deps, { workspaceId }, { id });
  if (!found.ok) return found;
  const known = parseId(kind, found.value ?? "");
  if (known === undefined) throw new Error(`The record "${found.value}" is no ${kind}`);
  return accept(known);
}
