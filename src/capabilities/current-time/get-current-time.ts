/** The time, in UTC and where the user is. */
import { z } from "zod";

import { defineTool } from "../define-tool.ts";
import { fail, say } from "../tool-results.ts";

export const getCurrentTime = defineTool({
  name: "get_current_time",
  description: "Says what time and day it is, in UTC and in a time zone.",
  input: z.object({
    timezone: z.string().default("UTC").describe("IANA name of a time zone, such as Europe/Berlin; UTC if absent"),
  }),
  hints: { isRepeatable: true, isReadonly: true },
  async run({ timezone }, { ports }) {
    const now = new Date(ports.now());
    const local = formatIn(timezone, now);
    if (local === undefined) return fail(`Argument "timezone": there is no time zone "${timezone}"`);
    return say(
      JSON.stringify({ utc: now.toISOString(), timezone, local, unix_seconds: Math.floor(now.getTime() / 1000) }),
    );
  },
});

function formatIn(timeZone: string, now: Date): string | undefined {
  try {
    const style = { dateStyle: "full", timeStyle: "long", timeZone } as const;
    return new Intl.DateTimeFormat("en-GB", style).format(now);
  } catch (error) {
    // The only way to ask whether a zone is known.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
