/**
 * The harnesses that every workspace has: virtual, read-only, the same everywhere. Their ids are fixed, so an id in a
 * script works on every server; they end in the digits that the Everruns server gives its own.
 */
import type { HarnessBody } from "../../core/records/bodies.ts";
import type { Resource } from "./resource.ts";
import { fixedId, virtualResource } from "./virtual.ts";

export const GENERIC_HARNESS_ID = fixedId("harness", "01933b5a000070008000000000000602");
export const PLATFORM_CHAT_HARNESS_ID = fixedId("harness", "01933b5a000070008000000000000603");

export const defaultCapabilities: HarnessBody["capabilities"] = [
  { ref: "session_file_system" },
  { ref: "current_time" },
  { ref: "todo_list" },
  { ref: "session" },
];

const GENERIC_PROMPT = `You are an agent with a file system of your own that lasts as long as this session.
Do what the user asks with the tools you have. Look before you change something, and say plainly what you did and what you could not do.`;

const PLATFORM_CHAT_PROMPT = `You are the assistant of this workspace, in a conversation that goes on from day to day.
Answer briefly. Keep what is worth keeping in files, and say plainly when you do not know something.`;

export const builtInHarnesses: readonly Resource<HarnessBody>[] = [
  virtualResource({
    id: GENERIC_HARNESS_ID,
    name: "generic",
    body: builtIn("A model loop with files, a clock, a to-do list and the session itself", GENERIC_PROMPT),
  }),
  virtualResource({
    id: PLATFORM_CHAT_HARNESS_ID,
    name: "platform-chat",
    body: builtIn("The one lasting conversation that each user has with the workspace", PLATFORM_CHAT_PROMPT),
  }),
];

function builtIn(description: string, system_prompt: string): HarnessBody {
  return { kind: "hosted", description, system_prompt, capabilities: defaultCapabilities, is_built_in: true };
}
