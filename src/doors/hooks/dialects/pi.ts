/** pi (agents.md §2.5), through our extension. */
import type { Dialect } from "./dialect.ts";
import type { Moments } from "./payload.ts";
import { decodePlugin, encodePlugin } from "./plugin.ts";

const moments: Moments = {
  session_shutdown: "session_end",
  input: "turn_start",
  before_agent_start: "turn_start",
  agent_end: "turn_end",
  tool_call: "pre_tool",
  tool_result: "post_tool",
  session_compact: "compact",
};

export const pi: Dialect = {
  decode: (payload) => decodePlugin(payload, "pi", moments),
  encode: encodePlugin,
};
