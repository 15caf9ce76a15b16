/** What a session keeps beside its log and files. Each is one record with the session's own id, erased with the session. */
import { z } from "zod";

const times = { created_at: z.string(), updated_at: z.string() } as const;

export const sessionValuesBody = z.object({
  entries: z.array(z.object({ key: z.string(), value: z.string(), ...times })),
});

/** Which secrets there are; each is sealed in a record of its own. */
export const sessionSecretsBody = z.object({
  entries: z.array(z.object({ name: z.string(), hosts: z.array(z.string()).default([]), ...times })),
});

export type SessionValuesBody = z.infer<typeof sessionValuesBody>;
export type SessionSecretsBody = z.infer<typeof sessionSecretsBody>;
