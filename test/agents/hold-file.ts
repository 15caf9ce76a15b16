/** Another agent, on another machine, that has asked for a file and written it. */
import { join } from "node:path";
import type { RealWorld } from "./real-world.ts";

export async function holdFile(world: RealWorld, conversation: string, path: string): Promise<void> {
  const base = { session_id: conversation, cwd: world.repository, transcript_path: "/x/.claude/projects/a.jsonl" };
  const send = (payload: object) =>
    fetch(`${world.url}/hooks/claude-code`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${world.key}`,
        "Content-Type": "application/json",
        "X-Serai-Root": world.repository,
        "X-Serai-Common-Dir": join(world.repository, ".git"),
        "X-Serai-Branch": "main",
        "X-Serai-Origin": world.origin,
        "X-Serai-Host": "another-machine",
      },
      body: JSON.stringify({ ...base, ...payload }),
    });
  await send({ hook_event_name: "UserPromptSubmit", prompt: "Build JWT auth flow" });
  const tool = { tool_name: "Write", tool_input: { file_path: join(world.repository, path), content: "" } };
  await send({ hook_event_name: "PreToolUse", tool_use_id: `${conversation}-1`, ...tool });
  await send({ hook_event_name: "PostToolUse", tool_use_id: `${conversation}-1`, ...tool });
}
