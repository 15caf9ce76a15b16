/**
 * Makes a session and, where it is made with a prompt, begins its first turn. The session that is given back is the one
 * that was made, before its turn began. A prompt that is refused takes the session with it.
 */
import type { Outcome } from "../core/refusal.ts";
import type { SessionRecord } from "../core/session.ts";
import type { ControlSession } from "./control-session.ts";
import type { CreateSession, CreateSessionCommand } from "./create-session.ts";
import type { Principal } from "./principal.ts";
import { sendText } from "./send-text.ts";
import type { SendMessage } from "./send-message.ts";

export interface BeginSessionDeps {
  readonly createSession: CreateSession;
  readonly sendMessage: SendMessage;
  readonly controlSession: ControlSession;
}

export type BeginSession = (principal: Principal, command: CreateSessionCommand) => Promise<Outcome<SessionRecord>>;

export function makeBeginSession({ createSession, sendMessage, controlSession }: BeginSessionDeps): BeginSession {
  return async (principal, command) => {
    const made = await createSession(principal, command);
    const prompt = command.initialPrompt ?? "";
    if (!made.ok || prompt === "") return made;
    const sent = await sendText(sendMessage, principal, { id: made.value.id, text: prompt });
    if (sent.ok) return made;
    await controlSession(principal, made.value.id, { action: "delete", isPermanent: true });
    return sent;
  };
}
