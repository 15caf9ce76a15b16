/** What a session keeps beside its log and files, on the native wire. The value of a secret goes in and never comes out. */
import { z } from "zod";

const secretValue = z.string().max(16_384);
const times = { created_at: z.iso.datetime(), updated_at: z.iso.datetime() } as const;

export const sessionKey = z.object({ key: z.string(), value: z.string(), ...times }).meta({ id: "SessionKey" });
export const sessionKeyList = z.object({ data: z.array(sessionKey) }).meta({ id: "SessionKeyList" });
const hosts = z
  .array(z.string().max(255))
  .max(50)
  .meta({ description: "Hosts that it may be sent to, such as api.example.com or *.example.com; none: nowhere" });
export const sessionSecret = z.object({ name: z.string(), hosts, ...times }).meta({ id: "SessionSecret" });
export const sessionSecretList = z.object({ data: z.array(sessionSecret) }).meta({ id: "SessionSecretList" });
export const putSecretsBody = z
  .object({
    secrets: z.record(
      z.string(),
      z.union(
        [secretValue, z.object({ value: secretValue, hosts: hosts.default([]) })],
        "must be a text, or value and hosts",
      ),
    ),
  })
  .meta({
    id: "PutSessionSecrets",
    description: "Those that are not named stay as they are; one that is named is given as a whole, with its hosts",
  });
export const secretCount = z.object({ count: z.int() }).meta({ id: "SessionSecretCount" });

export type SessionKey = z.infer<typeof sessionKey>;
export type SessionKeyList = z.infer<typeof sessionKeyList>;
export type SessionSecret = z.infer<typeof sessionSecret>;
export type SessionSecretList = z.infer<typeof sessionSecretList>;
export type PutSessionSecrets = z.input<typeof putSecretsBody>;
export type SessionSecretCount = z.infer<typeof secretCount>;
