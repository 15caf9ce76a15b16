/** What a session keeps beside its log and files, on the native wire. The value of a secret goes in and never comes out. */
import { z } from "zod";

const times = { created_at: z.iso.datetime(), updated_at: z.iso.datetime() } as const;

export const sessionKey = z.object({ key: z.string(), value: z.string(), ...times }).meta({ id: "SessionKey" });
export const sessionKeyList = z.object({ data: z.array(sessionKey) }).meta({ id: "SessionKeyList" });
export const sessionSecret = z.object({ name: z.string(), ...times }).meta({ id: "SessionSecret" });
export const sessionSecretList = z.object({ data: z.array(sessionSecret) }).meta({ id: "SessionSecretList" });
export const putSecretsBody = z
  .object({ secrets: z.record(z.string(), z.string().max(16_384)) })
  .meta({ id: "PutSessionSecrets", description: "Those that are not named stay as they are" });
export const secretCount = z.object({ count: z.int() }).meta({ id: "SessionSecretCount" });

export type SessionKey = z.infer<typeof sessionKey>;
export type SessionKeyList = z.infer<typeof sessionKeyList>;
export type SessionSecret = z.infer<typeof sessionSecret>;
export type SessionSecretList = z.infer<typeof sessionSecretList>;
export type PutSessionSecrets = z.input<typeof putSecretsBody>;
export type SessionSecretCount = z.infer<typeof secretCount>;
