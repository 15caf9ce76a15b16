/** Turns on the scripted model: a prompt with a script in it, for tests that are about the loop and no vendor. */
import type { MessageControls } from "../../../src/core/events/content.ts";
import { fenced } from "../../model-server/server.ts";
import type { Step } from "../../model-server/server.ts";
import { Log } from "./drive.ts";

export function beginScript(steps: readonly Step[], controls?: MessageControls): Log {
  return Log.begin(`Do as the script says\n${fenced(steps)}`, controls);
}

/** The text of a tool's result as the model was shown it. */
export function resultTexts(log: Log): readonly string[] {
  return log.all("tool.completed").map(({ data }) => {
    const [part] = data.result ?? [];
    return part?.type === "text" ? part.text : (data.error ?? "");
  });
}
