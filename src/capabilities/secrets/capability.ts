/**
 * What secrets a session was given. An agent learns their names and never a value: what a model is shown it can repeat
 * anywhere, and nothing takes that back.
 */
import { z } from "zod";

import { defineCapability } from "../define-capability.ts";
import { defineTool } from "../define-tool.ts";
import { say } from "../tool-results.ts";

const secretList = defineTool({
  name: "secret_list",
  description: "Lists the names of the secrets that this session was given. Their values cannot be read.",
  input: z.object({}),
  hints: { isRepeatable: true, isReadonly: true },
  async run(_, { ports }) {
    const names = await ports.secrets.list();
    if (names.length === 0) return say("This session was given no secrets; whoever uses it can give it some");
    return say(names.toSorted().join("\n"));
  },
});

export const secrets = defineCapability({
  id: "secrets",
  name: "Secrets",
  description: "Lets the agent see the names of the secrets that the session was given, and never their values.",
  risk: "low",
  features: ["secrets"],
  config: z.strictObject({}),
  tools: () => [secretList],
});
