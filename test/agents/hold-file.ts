/** Another agent, on another machine, that asks for a file, and writes it when it may. */
import { join } from "node:path";
import type { RealWorld } from "./real-world.ts";

export async function holdFile(world: RealWorld, conversation: string, path: string): Promise<void> {
  await send(world, conversation, { hook_event_name: "UserPromptSubmit", prompt: "Build JWT auth flow" });
  await askForFile(world, conversation, path);
  await send(world, conversation, { hook_event_name: "PostToolUse", ...toolOf(world, conversation, path) });
}

/** What it is told, as its program would be. */
export async function askForFile(world: RealWorld, conversation: string, path: string): Promise<string> {
  const asked = { hook_event_name: "PreToolUse", ...toolOf(world, conversation, path) };
  return (await send(world, conversation, asked)).text();
}

function toolOf({ repository }: RealWorld, conversation: string, path: string) {
  const tool = { tool_name: "Write", tool_input: { file_path: join(repository, path), content: "" } };
  return { ...tool, tool_use_id: `${conversation}-${path}` };
}

function send(world: RealWorld, conversation: string, payload: object): Promise<Response> {
  const base = { session_id: conversation, cwd: world.repository, transcript_path: "/x/.claude/projects/a.jsonl" };
  return fetch(`${world.url}/hooks/claude-code`, {
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
}
