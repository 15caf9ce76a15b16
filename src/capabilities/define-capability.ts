/** A capability from the schema of its configuration and its tools. Configuration takes no unknown keys. */
import type { z } from "zod";

import type { Capability, Tool } from "../core/ports/tools.ts";
import { jsonSchemaOf } from "./define-tool.ts";

type Described = Pick<Capability, "id" | "name" | "description" | "risk" | "features" | "prompt" | "needsCheckout">;

export interface CapabilitySpec<Config extends z.ZodObject> extends Described {
  /** Contract: strict, and takes `{}`. */
  readonly config: Config;
  tools(config: z.output<Config>): readonly Tool[];
}

export function defineCapability<Config extends z.ZodObject>(spec: CapabilitySpec<Config>): Capability {
  const { config, tools, ...described } = spec;
  // Made of their configuration alone, and asked for at every turn, mostly without one: a schema costs 30 µs a tool.
  let plain: readonly Tool[] | undefined;
  return {
    ...described,
    configSchema: jsonSchemaOf(config),
    checkConfig(given) {
      const issue = config.safeParse(given ?? {}).error?.issues[0];
      if (issue === undefined) return { ok: true };
      // An unknown key is named by its own path, not by that of the object it stands in.
      const path = issue.code === "unrecognized_keys" ? [...issue.path, issue.keys[0] ?? ""] : issue.path;
      return { ok: false, path: path.map((step) => `/${String(step)}`).join(""), reason: issue.message };
    },
    tools: (given) =>
      given === undefined || given === null ? (plain ??= tools(config.parse({}))) : tools(config.parse(given)),
  };
}
