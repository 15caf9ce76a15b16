/** What the MCP door may call: the table of tools, for whom one is called, and what can be read of sessions. */
import type { ListSessions } from "../../app/list-sessions.ts";
import type { Principal } from "../../app/principal.ts";
import type { OpenedFile, ReadFileInput } from "../../app/read-session-file.ts";
import type { FindCaller } from "../../app/team/tools/find-caller.ts";
import type { CallTeamTool } from "../../app/team/tools/team-tools.ts";
import type { ReadTranscript } from "../../app/team/transcript.ts";
import type { Outcome, Refusal } from "../../core/refusal.ts";

export interface McpUseCases {
  readonly callTool: CallTeamTool;
  readonly findCaller: FindCaller;
  readonly listSessions: ListSessions;
  readonly readTranscript: ReadTranscript;
  readFile(principal: Principal, input: ReadFileInput): Promise<Outcome<OpenedFile>>;
  /** In words for a model. */
  readonly sayRefusal: (refusal: Refusal) => string;
}

export interface McpServerDeps {
  readonly uses: McpUseCases;
  readonly version: string;
  /** Contract: never throws. */
  readonly onFault: (fault: unknown) => void;
}
