/** The name under which a request is found again in the log: the client's own if it sent a plain one, else ours. */
import type { MintId } from "../core/ids.ts";

const PLAIN = /^[\w.-]{8,64}$/;

export function requestIdOf(sent: string | undefined, mint: MintId): string {
  return sent !== undefined && PLAIN.test(sent) ? sent : mint("request");
}
