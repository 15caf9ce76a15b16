/** Programs of agents that are installed where the server runs. */
import { z } from "zod";
import { harnessNames } from "../../../core/session-words.ts";

export const agentProgram = z
  .object({
    harness: z.enum(harnessNames).describe("What a session is made with to have its turns carried out by it"),
    title: z.string(),
    path: z.string().nullable().describe("Null: there is none"),
    version: z.string().nullable().describe("Of the package it was installed with; null where nothing says"),
    configured: z.boolean().describe("Named by the server's configuration, not looked for"),
    missing: z.string().nullable().describe("Why there is none, and what to do"),
    install: z.string().describe("The command that installs it"),
  })
  .meta({ id: "AgentProgram" });

export const agentProgramList = z
  .object({
    data: z.array(agentProgram),
    isolation: z
      .object({ kind: z.enum(["bubblewrap", "none"]), why: z.string().nullable().describe("Why there is none") })
      .describe("How agents are kept to their own files here"),
  })
  .meta({ id: "AgentProgramList" });

export type AgentProgram = z.infer<typeof agentProgram>;
export type AgentProgramList = z.infer<typeof agentProgramList>;
