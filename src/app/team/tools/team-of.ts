/** The tools for working beside others, as a hosted session's turn has them: called for the session itself. */
import type { SessionId } from "../../../core/ids.ts";
import type { Team } from "../../../core/ports/tools.ts";
import { actingFor } from "../../children/start-child.ts";
import { hearCall } from "./hear-call.ts";
import type { HearCallDeps } from "./hear-call.ts";
import { makeCallHostedTool } from "./team-tools.ts";
import type { HostedToolsDeps } from "./team-tools.ts";

export type TeamOf = (sessionId: SessionId) => Team;

export type TeamOfDeps = HostedToolsDeps & HearCallDeps;

export function makeTeamOf(deps: TeamOfDeps): TeamOf {
  const call = makeCallHostedTool(deps);
  return (sessionId) => ({
    async call(name, input, signal) {
      const session = await deps.store.readSession(sessionId);
      if (session === undefined) throw new Error(`Session ${sessionId} is gone while its tools run`);
      await hearCall(deps, sessionId);
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
