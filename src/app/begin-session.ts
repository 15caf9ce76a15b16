/**
 * Makes a session and, where it is made with a prompt, begins its first turn. The session that is given back is the one
 * that was made, before its turn began. A prompt that is refused takes the session with it, and one of a branch that it
 * cannot have is not made.
 */
import type { Outcome } from "../core/refusal.ts";
import type { SessionRecord } from "../core/session.ts";
import { shortTitle } from "../core/short-title.ts";
import type { Beginnings } from "./beginnings.ts";
import type { ControlSession } from "./control-session.ts";
import type { CreateSession, CreateSessionCommand } from "./create-session.ts";
import type { Principal } from "./principal.ts";
import type { CheckBranch } from "./project-work/check-branch.ts";
import type { SendText } from "./send-text.ts";

export interface BeginSessionDeps {
  readonly checkBranch: CheckBranch;
  readonly createSession: CreateSession;
  readonly sendText: SendText;
  readonly controlSession: ControlSession;
  readonly beginnings: Pick<Beginnings, "begins">;
}

export type BeginSession = (principal: Principal, command: CreateSessionCommand) => Promise<Outcome<SessionRecord>>;

export function makeBeginSession(deps: BeginSessionDeps): BeginSession {
  const { createSession, sendText, controlSession } = deps;
  return async (principal, command) => {
    const { projectId, branchName } = command;
    if (typeof projectId === "string" && typeof branchName === "string") {
      const checked = await deps.checkBranch(principal, projectId, branchName);
      if (!checked.ok) return checked;
    }
    const prompt = command.initialPrompt ?? "";
    const beginsAtOnce = prompt !== "";
    const made = await createSession(principal, { title: shortTitle(prompt), ...command, beginsAtOnce });
    if (!made.ok || !beginsAtOnce) return made;
    using _beginning = deps.beginnings.begins(made.value.id);
    const sent = await sendText(principal, { id: made.value.id, text: prompt });
    if (sent.ok) return made;
    await controlSession(principal, made.value.id, { action: "delete", isPermanent: true });
    return sent;
  };
}
