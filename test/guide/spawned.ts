/** Claude Code in examples: an agent of our own that answers every prompt with what was said. */
import { join } from "node:path";
import { until } from "../main/children-world.ts";
import type { Stage } from "./stage.ts";

const program = [process.execPath, join(import.meta.dirname, "..", "acp-agent", "agent.ts")];

export const spawnedEnvironment = { SERAI_AGENT_CLAUDE_CODE: JSON.stringify(program), SERAI_ISOLATION: "off" };

/** Until its turns are over. */
export async function rested(stage: Stage, id: string): Promise<void> {
  await until(async () => {
    const { status, turn_count } = await stage.ask<{ status: string; turn_count: number }>("GET", `/sessions/${id}`);
    return status === "idle" && turn_count > 0;
  });
}
