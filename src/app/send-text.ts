/**
 * A text to a session, as doors without a choice of their own send it: it waits where it cannot be read now (T1). The first
 * text to a session that nobody has named gives it a title.
 */
import type { SessionId } from "../core/ids.ts";
import type { Outcome } from "../core/refusal.ts";
import { shortTitle } from "../core/short-title.ts";
import type { EditSession } from "./edit-session.ts";
import type { GetSession } from "./get-session.ts";
import type { Principal } from "./principal.ts";
import type { SendMessage, Sent } from "./send-message.ts";

export interface TextTo {
  readonly id: SessionId;
  readonly text: string;
}

export interface SendTextDeps {
  readonly getSession: GetSession;
  readonly editSession: EditSession;
  readonly sendMessage: SendMessage;
}

export type SendText = (principal: Principal, to: TextTo) => Promise<Outcome<Sent>>;

export function makeSendText({ getSession, editSession, sendMessage }: SendTextDeps): SendText {
  return async (principal, { id, text }) => {
    const found = await getSession(principal, id);
    if (!found.ok) return found;
    const sent = await sendMessage(principal, id, {
      message: { content: [{ type: "text", text }] },
      whenBusy: "queue",
    });
    const { edit, facts } = found.value;
    const isFirst = edit.title === null && facts.turnCount === 0 && facts.queuedCount === 0;
    const title = isFirst && sent.ok ? shortTitle(text) : null;
    if (title !== null) await editSession(principal, id, { title });
    return sent;
  };
}
