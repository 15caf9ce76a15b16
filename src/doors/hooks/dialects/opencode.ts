/** opencode (hooks.md §5.2), through our plugin. */
import type { Dialect } from "./dialect.ts";
import type { Moments } from "./payload.ts";
import { decodePlugin, encodePlugin } from "./plugin.ts";

const moments: Moments = {
  "session.created": "session_start",
  "session.deleted": "session_end",
  dispose: "session_end",
  "chat.message": "turn_start",
  "session.idle": "turn_end",
  "tool.execute.before": "pre_tool",
  "tool.execute.after": "post_tool",
  "file.edited": "file_edited",
  "session.compacted": "compact",
};

export const opencode: Dialect = {
  decode: (payload) => decodePlugin(payload, "opencode", moments),
  encode: encodePlugin,
};
