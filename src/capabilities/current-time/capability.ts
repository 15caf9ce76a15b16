/** A clock for the model, which has none. */
import { z } from "zod";

import { defineCapability } from "../define-capability.ts";
import { getCurrentTime } from "./get-current-time.ts";

export const currentTime = defineCapability({
  id: "current_time",
  name: "Current time",
  description: "Tells the time and the day, in any time zone.",
  risk: "low",
  features: [],
  config: z.strictObject({}),
  tools: () => [getCurrentTime],
});
