/** A shell over the session's files. It starts no process and reaches nothing of the machine it runs on. */
import { z } from "zod";

import type { SafeFetch } from "../../lib/fetch/safe-fetch.ts";
import type { Shell } from "../../lib/shell/shell.ts";
import { defineCapability } from "../define-capability.ts";
import { domainList } from "../domain-list.ts";
import { makeBash } from "./run-command.ts";
import { makeShellFetch } from "./shell-network.ts";

export type BashDeps = { readonly shell: Shell; readonly fetch: SafeFetch };

const MAX_TIMEOUT_SECONDS = 600;

export const makeBashCapability = ({ shell, fetch }: BashDeps) =>
  defineCapability({
    id: "bash",
    name: "Shell",
    description:
      "Runs bash commands over the session's files, in a simulated shell without processes. It has no network unless " +
      "network is set to true; allowed_domains then says which hosts it may reach, all public ones if absent.",
    risk: "medium",
    features: ["file_system"],
    prompt:
      "The bash tool works on the same files as the file tools. It is a simulated shell: use it to look, search, filter " +
      "and transform files, not to build or run programs.",
    config: z.strictObject({
      timeout_seconds: z
        .number()
        .int()
        .min(1)
        .max(MAX_TIMEOUT_SECONDS)
        .default(60)
        .describe("How long a command may take at most, in seconds"),
      network: z.boolean().default(false).describe("Whether commands may reach the public network, with curl"),
      allowed_domains: domainList.optional().describe("With network: only these hosts; all public ones if absent"),
      secret_values: z
        .boolean()
        .default(false)
        .describe(
          "Without network: variables hold the values of the session's secrets and not placeholders. What a command makes " +
            "of a value (backwards, in pieces) is not recognised, so the agent can then come to know it",
        ),
    }),
    tools: (config) => [makeBash(shell, config, (context) => makeShellFetch(fetch, config.allowed_domains, context))],
  });
