/**
 * Puts a conversation into the order that models insist on: the results of an answer's calls directly behind the answer,
 * in the order of the calls, even if a message of the user was committed in between; a call that never got a result gets
 * one that says so; a result whose answer is no longer there is left out.
 */
import type { Entry } from "../../../core/conversation.ts";

export type UserEntry = Extract<Entry, { kind: "user" }>;
export type AgentEntry = Extract<Entry, { kind: "agent" }>;
export type ToolEntry = Extract<Entry, { kind: "tool" }>;

export interface Call {
  readonly id: string;
  readonly name: string;
  readonly arguments: unknown;
}

export type Exchange =
  | { readonly kind: "user"; readonly entry: UserEntry }
  | {
      readonly kind: "agent";
      readonly entry: AgentEntry;
      readonly results: readonly { readonly call: Call; readonly result: ToolEntry | null }[];
    };

export function callsOf({ message }: AgentEntry): readonly Call[] {
  return message.content.flatMap((part) =>
    part.type === "tool_call" ? [{ id: part.id, name: part.name, arguments: part.arguments }] : [],
  );
}

/** Results by call, oldest first: an id that a model used twice is answered once each time. */
function resultsByCall(entries: readonly Entry[]): Map<string, ToolEntry[]> {
  const byCall = new Map<string, ToolEntry[]>();
  for (const entry of entries) {
    if (entry.kind !== "tool") continue;
    const known = byCall.get(entry.callId);
    if (known === undefined) byCall.set(entry.callId, [entry]);
    else known.push(entry);
  }
  return byCall;
}

export function orderEntries(entries: readonly Entry[]): readonly Exchange[] {
  const results = resultsByCall(entries);
  return entries.flatMap((entry): Exchange[] => {
    if (entry.kind === "tool") return [];
    if (entry.kind === "user") return [{ kind: "user", entry }];
    const answered = callsOf(entry).map((call) => ({ call, result: results.get(call.id)?.shift() ?? null }));
    return [{ kind: "agent", entry, results: answered }];
  });
}
