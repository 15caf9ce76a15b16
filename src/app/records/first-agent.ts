/** What a workspace begins with: somebody to belong to, and an agent that can work at once. */
import type { Outcome } from "../../core/refusal.ts";
import type { AgentBody } from "../../core/records/bodies.ts";
import { parseId } from "../../core/ids.ts";
import type { UserId } from "../../core/ids.ts";
import { createRecord } from "./create-record.ts";
import { defaultCapabilities, GENERIC_HARNESS_ID } from "./built-in-harnesses.ts";
import { findRecord } from "./get-record.ts";
import type { Kinds } from "./kinds.ts";
import { listRecords } from "./list-records.ts";
import type { KindDeps, Resource, Writer } from "./resource.ts";

export const FIRST_USER = "admin";
export const FIRST_AGENT = "assistant";

const PROMPT = `You are a careful, capable assistant who works in a session with a file system of its own.
Work on what the user asks until it is done: look before you change, use the tools you have, check your result.
For work of several steps keep a to-do list. Give the session a short title once you know what it is about.
Answer in the user's language, briefly. Say plainly what you did, what you could not do, and what you do not know.`;

const firstAgent: AgentBody = {
  display_name: "Assistant",
  description: "Works with files, keeps a to-do list, knows the time",
  system_prompt: PROMPT,
  harness_id: GENERIC_HARNESS_ID,
  tags: [],
  capabilities: defaultCapabilities,
  tools: [],
  tool_policies: {},
};

export async function ensureFirstUser({ user }: Pick<Kinds, "user">, writer: Writer): Promise<UserId> {
  const made = await findOrCreate(user, writer, { name: FIRST_USER, body: { display_name: "Admin" } });
  const id = parseId("user", made.id);
  if (id === undefined) throw new Error(`The record "${made.id}" is no user`);
  return id;
}

/** Once: a person who has archived or renamed the first agent does not find it back. */
export async function ensureFirstAgent({ agent }: Pick<Kinds, "agent">, writer: Writer): Promise<void> {
  const { total } = await listRecords(agent, writer, { includeArchived: true, limit: 1 });
  if (total === 0) await findOrCreate(agent, writer, { name: FIRST_AGENT, body: firstAgent });
}

/** Two starts at once make one. */
export async function findOrCreate<Body>(
  deps: KindDeps<Body>,
  writer: Writer,
  { name, body }: { readonly name: string; readonly body: Body },
): Promise<Resource<Body>> {
  const found = await findRecord(deps, writer, name);
  if (found !== undefined) return found;
  const made: Outcome<Resource<Body>> = await createRecord(deps, writer, { name, body });
  if (made.ok) return made.value;
  const other = made.refusal.code === "already_exists" ? await findRecord(deps, writer, name) : undefined;
  if (other === undefined) throw new Error(`Cannot make the ${deps.kind.kind} "${name}": ${made.refusal.code}`);
  return other;
}
