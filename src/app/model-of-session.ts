/** The model that would answer a message of this session now, as its controls, session, agent and harness choose it. */
import type { MessageControls } from "../core/events/content.ts";
import type { ModelAccess } from "../core/ports/model.ts";
import type { Outcome } from "../core/refusal.ts";
import type { SessionRecord } from "../core/session.ts";
import type { Records } from "./records/records.ts";
import { readTurnSetup } from "./turn-setup.ts";
import type { TurnSetupDeps } from "./turn-setup.ts";

export type ModelOfSession = (record: SessionRecord, controls: MessageControls) => Promise<Outcome<ModelAccess>>;

export type ModelOfSessionDeps = TurnSetupDeps & { readonly records: Pick<Records, "resolveModel"> };

export function makeModelOfSession(deps: ModelOfSessionDeps): ModelOfSession {
  return async (record, controls) => {
    const { workspaceId, edit } = record;
    const setup = await readTurnSetup(deps, { workspaceId }, edit);
    if (!setup.ok) return setup;
    return deps.records.resolveModel({ workspaceId, modelIds: [controls.model_id, ...setup.value.modelIds] });
  };
}
