/** Working beside the team's other agents: who holds which file, and what was decided. The tools are the one table of them. */
import { z } from "zod";

import type { Tool } from "../../core/ports/tools.ts";
import { listTeamTools } from "../../core/team/tool-words.ts";
import type { TeamTool } from "../../core/team/tool-words.ts";
import { defineCapability } from "../define-capability.ts";
import { fail, say } from "../tool-results.ts";

export const coordination = defineCapability({
  id: "coordination",
  name: "Coordination",
  description:
    "Lets the agent see what the team's other agents work on, reserve files against them, and record and find decisions.",
  risk: "low",
  features: ["coordination"],
  prompt:
    "Other agents work in the same repositories. Call brief before you begin, reserve files before you write them (name " +
    "the repository), release them when you are done, and record decisions that others should know.",
  config: z.strictObject({}),
  tools: () =>
    listTeamTools()
      .filter(({ forHosted }) => forHosted)
      .map(toolOf),
});

function toolOf({ name, description, parameters, isReadonly }: TeamTool): Tool {
  // Taken or given back twice is the same as once; recorded twice is not.
  const hints = { isRepeatable: name !== "record_decision", isReadonly };
  return {
    definition: {
      name,
      description,
      parameters,
      hints: isReadonly ? hints : { ...hints, concurrencyClass: "team" },
    },
    async run(input, { ports, signal }) {
      if (ports.team === undefined) return fail("There is no team here to work beside");
      const { text, isError = false } = await ports.team.call(name, input, signal);
      return isError ? fail(text) : say(text);
    },
  };
}
