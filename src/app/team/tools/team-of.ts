/** The tools for working beside others, as a hosted session's turn has them: called for the session itself. */
import type { SessionId } from "../../../core/ids.ts";
import type { SessionReads } from "../../../core/ports/store.ts";
import type { Team } from "../../../core/ports/tools.ts";
import { actingFor } from "../../children/start-child.ts";
import { makeCallHostedTool } from "./team-tools.ts";
import type { HostedToolsDeps } from "./team-tools.ts";

export type TeamOf = (sessionId: SessionId) => Team;

export interface TeamOfDeps extends HostedToolsDeps {
  readonly store: Pick<SessionReads, "readSession">;
}

export function makeTeamOf(deps: TeamOfDeps): TeamOf {
  const call = makeCallHostedTool(deps);
  return (sessionId) => ({
    async call(name, input, signal) {
      const session = await deps.store.readSession(sessionId);
      if (session === undefined) throw new Error(`Session ${sessionId} is gone while its tools run`);
      const caller = {
        principal: actingFor(session),
        sessionId: async () => sessionId,
        knownSessionId: sessionId,
        signal,
      };
      return call(caller, name, input);
    },
  });
}
