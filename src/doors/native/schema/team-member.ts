/** Who is at work, on the native wire. */
import { z } from "zod";
import { plainText } from "../../../http/input.ts";
import { treeFacts } from "./reservation.ts";

export const teamMember = z
  .object({
    session_id: z.string(),
    user_name: z.string().nullable(),
    agent_name: z.string(),
    harness: z.string(),
    task: z.string().nullable(),
    repository: z.string().nullable(),
    branch: z.string().nullable(),
    current_file: z.string().nullable(),
    held_paths: z.array(z.string()),
    needs: z.array(z.string()).describe("What its turn waits for"),
    is_working: z.boolean().describe("A turn of it runs"),
    heard_at: z.iso.datetime(),
  })
  .meta({ id: "TeamMember" });

export const teamList = z.object({ data: z.array(teamMember) }).meta({ id: "Team" });

export const joinBody = z
  .object({
    conversation_id: plainText(z.string().min(1).max(500)).describe("What you call yourself; one session for each"),
    task: plainText(z.string().max(500)).optional().describe("What you work on, for the others"),
    repository: treeFacts.optional(),
  })
  .meta({ id: "JoinTeam" });

export const joined = z.object({ session_id: z.string() }).meta({ id: "JoinedTeam" });

export type TeamMember = z.infer<typeof teamMember>;
export type TeamList = z.infer<typeof teamList>;
export type JoinTeam = z.input<typeof joinBody>;
export type JoinedTeam = z.infer<typeof joined>;
