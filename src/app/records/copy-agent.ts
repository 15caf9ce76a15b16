/** Makes another agent like one that is there, under a name that is given or that says what it is. */
import type { AgentBody } from "../../core/records/bodies.ts";
import { refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import type { Resource, Writer } from "./resource.ts";
import type { Resources } from "./resources.ts";

export interface CopyAgent {
  readonly id: string;
  readonly name?: string;
}

const ATTEMPTS = 100;
const MAX_STEM = 180;

export async function copyAgent(
  agents: Pick<Resources<AgentBody>, "get" | "create">,
  writer: Writer,
  { id, name }: CopyAgent,
): Promise<Outcome<Resource<AgentBody>>> {
  const found = await agents.get(writer, id);
  if (!found.ok) return found;
  const { body } = found.value;
  if (name !== undefined) return agents.create(writer, { name, body });
  const stem = `${Array.from(found.value.name)
    .slice(0, MAX_STEM / 2)
    .join("")} copy`;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const made = await agents.create(writer, { name: attempt === 1 ? stem : `${stem} ${attempt}`, body });
    if (made.ok || made.refusal.code !== "already_exists") return made;
  }
  return refuse({ code: "already_exists", kind: "agent", name: stem });
}
