/** Ennio's page as schemas: everything that succeeds is in `data`, with exactly the page's keys (ruling 16). */
import { z } from "zod";
import type { Limits } from "../../core/limits.ts";
import { branchName, messageText } from "../../http/dialect-input.ts";
import { plainText } from "../../http/input.ts";
import { ennioActivityWords, ennioStatusWords } from "./statuses.ts";

const MAX_NAME = 255;
const ID = /^[A-Za-z0-9_-]+$/;

export function nameId() {
  return z.string().max(MAX_NAME).regex(ID, "must be made of letters, digits, _ and -");
}

export const session = z
  .object({
    id: z.string(),
    project_id: z.string().nullable().describe("The project's slug"),
    status: z.enum(ennioStatusWords),
    activity: z.enum(ennioActivityWords),
    branch: z.string().nullable(),
    pr_url: z.string().nullable(),
    agent_name: z.string().describe("What carries out its turns: claude-code, codex, hosted …"),
  })
  .meta({ id: "EnnioSession" });

export const sessionAnswer = z.object({ data: session }).meta({ id: "EnnioSessionAnswer" });
export const sessionListAnswer = z.object({ data: z.array(session) }).meta({ id: "EnnioSessionList" });

export function wordAnswer<const Word extends string>(word: Word) {
  return z.object({ data: z.literal(word) });
}

function name() {
  return plainText(z.string().min(1).max(MAX_NAME));
}

export function spawnBody(limits: Limits) {
  return z
    .object({
      project_id: nameId(),
      issue_id: name().nullish().describe("Of the project's tracker"),
      prompt: messageText(limits).nullish(),
      branch: branchName().nullish(),
      role: name().nullish().describe("The agent of this name works on it, where there is one"),
    })
    .refine(({ issue_id, prompt }) => (issue_id ?? prompt ?? null) !== null, "give issue_id or prompt, or both")
    .meta({ id: "EnnioSpawnSession" });
}

export function sendBody(limits: Limits) {
  return z.object({ message: messageText(limits) }).meta({ id: "EnnioSendMessage" });
}
