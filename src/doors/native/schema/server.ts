/** What a server says about itself. */
import { z } from "zod";
import { defaultLimits } from "../../../core/limits.ts";

export const health = z
  .object({ status: z.literal("ok"), version: z.string(), runner_mode: z.string(), auth_mode: z.string() })
  .meta({ id: "Health" });

export const authConfig = z
  .object({
    mode: z.string(),
    password_auth_enabled: z.boolean(),
    oauth_providers: z.array(z.string()),
    signup_enabled: z.boolean(),
  })
  .meta({ id: "AuthConfig" });

/** Named as in the configuration, so a refusal that names a setting can be looked up here. */
export const limits = z
  .object(
    Object.fromEntries(Object.keys(defaultLimits).map((name) => [name, z.int()])) as Record<
      keyof typeof defaultLimits,
      z.ZodInt
    >,
  )
  .meta({ id: "Limits" });

export type Health = z.infer<typeof health>;
export type Limits = z.infer<typeof limits>;
