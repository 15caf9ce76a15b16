/** A text to a session, as doors without a choice of their own send it: it waits where it cannot be read now (T1). */
import type { SessionId } from "../core/ids.ts";
import type { Outcome } from "../core/refusal.ts";
import type { Principal } from "./principal.ts";
import type { SendMessage, Sent } from "./send-message.ts";

export interface TextTo {
  readonly id: SessionId;
  readonly text: string;
}

export function sendText(sendMessage: SendMessage, principal: Principal, { id, text }: TextTo): Promise<Outcome<Sent>> {
  return sendMessage(principal, id, { message: { content: [{ type: "text", text }] }, whenBusy: "queue" });
}
