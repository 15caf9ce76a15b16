/** opencode (hooks.md §5.2), through our plugin. */
import type { HookEvent } from "../../../core/team/hook-event.ts";
import type { Dialect } from "./dialect.ts";
import { fieldsOf, textIn } from "./fields.ts";
import { amended, placeWithin } from "./payload.ts";
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
  decode: (payload) =>
    amended(decodePlugin(payload, "opencode", moments), (event) => ({ ...event, ...placeOf(event, payload) })),
  encode: encodePlugin,
};

/** A command may say that it runs elsewhere than the session does. */
function placeOf({ tool, cwd }: HookEvent, payload: unknown): Pick<HookEvent, "cwd"> {
  const own = textIn(fieldsOf(fieldsOf(payload)?.["tool_input"]), "workdir");
  return tool?.kind === "shell" && own !== undefined ? { cwd: placeWithin(cwd, own) } : {};
}
