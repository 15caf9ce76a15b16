/** Makes sessions and lets their logs grow, past the doors. */
import { draft } from "../../../src/core/decide/plan.ts";
import { encodeDraft } from "../../../src/core/events/envelope.ts";
import type { Fact } from "../../../src/core/events/envelope.ts";
import { formatId } from "../../../src/core/ids.ts";
import type { IdKind, SessionId } from "../../../src/core/ids.ts";
import { principal } from "../../app/engine-world.ts";
import type { Native } from "./open-native.ts";
import { agentId } from "./open-native.ts";

let count = 0;
const mint = <K extends IdKind>(kind: K) => formatId<K>(kind, 1_800_000_000_000 + ++count, "f".repeat(20));

/** One event: `session.created`. */
export async function makeSession({ engine }: Pick<Native, "engine">): Promise<SessionId> {
  const made = await engine.createSession(principal, { origin: "api", agentId });
  if (!made.ok) throw new Error(`No session: ${made.refusal.code}`);
  return made.value.id;
}

export async function appendFacts(
  { engine }: Pick<Native, "engine">,
  sessionId: SessionId,
  facts: readonly Fact[],
): Promise<void> {
  const events = facts.map((fact) => encodeDraft(draft(mint, {}, fact)));
  const result = await engine.commit({ sessionId, events });
  if (result.kind !== "committed") throw new Error(`Append was answered ${result.kind}`);
}

export function note(text: string): Fact {
  return { type: "tool.progress", data: { tool_call_id: "call_1", tool_name: "work", message: text } };
}

export async function appendNotes(native: Pick<Native, "engine">, id: SessionId, from: number, to: number) {
  for (let i = from; i <= to; i++) await appendFacts(native, id, [note(`note ${i}`)]);
}
