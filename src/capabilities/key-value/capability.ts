/** Short texts that an agent keeps under keys from turn to turn, beside its files. */
import { z } from "zod";

import { defineCapability } from "../define-capability.ts";
import { kvDelete, kvGet, kvList, kvSet } from "./tools.ts";

export const keyValue = defineCapability({
  id: "key_value",
  name: "Keys and values",
  description: "Lets the agent keep short texts under keys for as long as the session lasts.",
  risk: "low",
  features: ["key_value"],
  config: z.strictObject({}),
  tools: () => [kvGet, kvSet, kvDelete, kvList],
});
