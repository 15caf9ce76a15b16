/**
 * What secrets a session was given. An agent learns their names and never a value: what a model is shown it can repeat
 * anywhere, and nothing takes that back.
 */
import { z } from "zod";

import type { SecretLine } from "../../core/ports/tools.ts";
import { defineCapability } from "../define-capability.ts";
import { defineTool } from "../define-tool.ts";
import { say } from "../tool-results.ts";

const secretList = defineTool({
  name: "secret_list",
  description:
    "Lists the secrets that this session was given, by their names, and the hosts that each may be sent to. Their values " +
    "cannot be read; write {{secret.NAME}} where one belongs.",
  input: z.object({}),
  hints: { isRepeatable: true, isReadonly: true },
  async run(_, { ports }) {
    const lines = await ports.secrets.list();
    if (lines.length === 0) return say("This session was given no secrets; whoever uses it can give it some");
    return say(lines.map(lineOf).toSorted().join("\n"));
  },
});

function lineOf({ name, hosts }: SecretLine): string {
  return hosts.length === 0 ? `${name} (is sent to no host)` : `${name} (for ${hosts.join(", ")})`;
}

export const secrets = defineCapability({
  id: "secrets",
  name: "Secrets",
  description:
    "Lets the agent see the names of the secrets that the session was given, and never their values. It uses one by writing " +
    "{{secret.NAME}} into a request, where the value is filled in as the request leaves for a host that the secret is for.",
  risk: "low",
  features: ["secrets"],
  prompt:
    "You use the session's secrets without seeing them: write {{secret.NAME}} into the url or a header of web_fetch, or use " +
    "$NAME with curl. secret_list says which there are. What looks like [secret] in a result is a value that was taken out.",
  config: z.strictObject({}),
  tools: () => [secretList],
});
