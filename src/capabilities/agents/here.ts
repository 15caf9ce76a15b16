/** The port to other sessions, which not every place where tools run has. */
import type { Sessions, ToolContext, ToolResult } from "../../core/ports/tools.ts";
import { fail } from "../tool-results.ts";

/** Calls that change what sessions do come one after the other. */
export const SESSIONS_CLASS = "sessions";

export async function withSessions(
  { ports }: ToolContext,
  use: (sessions: Sessions) => Promise<ToolResult>,
): Promise<ToolResult> {
  return ports.sessions === undefined ? fail("No other sessions can be started here") : use(ports.sessions);
}
