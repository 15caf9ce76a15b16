/** By which name a vendor knows the model that answers in a session; each way to choose one is looked up once. */
import type { SessionId } from "../core/ids.ts";
import type { SessionRecord } from "../core/session.ts";
import type { ModelOfSession } from "./model-of-session.ts";

/** Nothing where the agent chooses for itself, or where no model can be found now. */
export type ReadModelCodes = (
  sessions: readonly SessionRecord[],
) => Promise<(session: Pick<SessionRecord, "id">) => string | null>;

export function makeReadModelCodes(modelOf: ModelOfSession): ReadModelCodes {
  return async (sessions) => {
    const found = new Map<string, string | null>();
    const codes = new Map<SessionId, string | null>();
    for (const session of sessions) {
      const { modelId, agentId, harnessId } = session.edit;
      const key = `${modelId} ${agentId} ${harnessId}`;
      const given = session.edit.settings.modelCode ?? null;
      if (given === null && session.harness === "hosted" && !found.has(key)) {
        const model = await modelOf(session, {});
        found.set(key, model.ok ? model.value.vendorModel : null);
      }
      codes.set(session.id, given ?? found.get(key) ?? null);
    }
    return ({ id }) => codes.get(id) ?? null;
  };
}
