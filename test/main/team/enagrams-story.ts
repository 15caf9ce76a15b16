/**
 * The examples of Enagrams' page as one story of two developers, with its words: each step is sent as a client written
 * against the page sends it, and what is answered is written down beside it. Ids and times are numbered and left out.
 */
import type { TeamServer } from "./team-server.ts";
import { MINUTE } from "./team-server.ts";

export type Send = (request: Request) => Promise<Response>;

interface Step {
  readonly title: string;
  readonly method?: "GET" | "POST";
  readonly path: string;
  readonly who?: "A" | "B" | "nobody";
  readonly body?: Readonly<Record<string, unknown>> | string;
  /** Minutes that pass before. */
  readonly after?: number;
}

const hook = "/workspaces/sessions/hook";
const base = { agent_type: "cursor", workspace_slug: "my-startup" };
const b = { ...base, conversation_id: "conv_xyz" };
const a = { ...base, conversation_id: "conv_abc123" };
const login = { tool_name: "Write", tool_input: { file_path: "src/auth/login.ts" } };
const other = { tool_name: "Write", tool_input: { file_path: "src/users.ts" } };
/** Whatever the first start answered to this one. */
const named = (of: "A" | "B") => ({ workspace_slug: "my-startup", session_id: `$session_${of}` });

const steps: readonly Step[] = [
  {
    title: "sessionStart: nobody else is there",
    path: hook,
    who: "B",
    body: { event: "sessionStart", ...b, task: "Build JWT auth flow" },
  },
  {
    title: "beforeSubmitPrompt captures the task",
    path: hook,
    who: "B",
    body: { event: "beforeSubmitPrompt", ...b, prompt: "Build JWT auth flow" },
  },
  { title: "preToolUse is allowed", path: hook, who: "B", after: 1, body: { event: "preToolUse", ...b, ...login } },
  {
    title: "postToolUse reserves the file for this conversation",
    path: hook,
    who: "B",
    body: { event: "postToolUse", ...b, ...login },
  },
  {
    title: "sessionStart answers with the briefing",
    path: hook,
    who: "A",
    after: 4,
    body: { event: "sessionStart", ...a, task: "Build user authentication" },
  },
  { title: "preToolUse is denied", path: hook, who: "A", body: { event: "preToolUse", ...a, ...login } },
  {
    title: "PreToolUse of another file is allowed",
    path: hook,
    who: "A",
    body: { event: "PreToolUse", ...a, ...other },
  },
  { title: "PostToolUse reserves it", path: hook, who: "A", body: { event: "PostToolUse", ...a, ...other } },
  { title: "file_check is a heartbeat", path: hook, who: "A", body: { event: "file_check", ...a } },
  {
    title: "file_check may say the branch",
    path: hook,
    who: "B",
    // Signs of life within one millisecond have no order.
    after: 0.01,
    body: { event: "file_check", ...b, branch: "feat/auth" },
  },
  {
    title: "active sessions, latest heartbeat first",
    method: "GET",
    path: "/workspaces/my-startup/sessions",
    who: "A",
  },
  { title: "heartbeat", path: "/workspaces/sessions/heartbeat", who: "B", body: named("B") },
  {
    title: "end releases all file reservations of the session",
    path: "/workspaces/sessions/end",
    who: "B",
    body: named("B"),
  },
  { title: "the file is free then", path: hook, who: "A", body: { event: "preToolUse", ...a, ...login } },
  {
    title: "UserPromptSubmit opens the same session again",
    path: hook,
    who: "B",
    body: { event: "UserPromptSubmit", ...b, agent_type: "cursor", task: "Go on" },
  },
  {
    title: "Stop of Claude Code ends its session",
    path: hook,
    who: "A",
    body: { event: "Stop", ...a, agent_type: "claude_code" },
  },
  { title: "sessionEnd ends", path: hook, who: "A", body: { event: "sessionEnd", ...a } },
  {
    title: "sessions expire after five minutes without hooks",
    method: "GET",
    path: "/workspaces/my-startup/sessions",
    who: "A",
    after: 5.1,
  },
  { title: "garbage", path: hook, who: "A", body: "{" },
  {
    title: "without a workspace",
    path: hook,
    who: "A",
    body: { event: "sessionStart", agent_type: "cursor", conversation_id: "c" },
  },
  {
    title: "a workspace that is not there",
    path: hook,
    who: "A",
    body: { event: "sessionStart", ...a, workspace_slug: "nobodys" },
  },
  {
    title: "a session that is not there",
    path: "/workspaces/sessions/heartbeat",
    who: "A",
    body: { workspace_slug: "my-startup", session_id: "sess_abc" },
  },
  { title: "a workspace's list that is not there", method: "GET", path: "/workspaces/nobodys/sessions", who: "A" },
  { title: "without a key", path: hook, who: "nobody", body: { event: "sessionStart", ...a } },
  { title: "a route that is not there", path: "/workspaces/sessions/nothing", who: "A", body: {} },
];

/** A server of its own, with the page's workspace and its two developers. */
export async function playStory(team: TeamServer, url: string, send: Send): Promise<string> {
  const made = await team.json<{ readonly key: string }>("POST", "/api/v1/workspaces", { name: "my-startup" });
  const ask = async (key: string, { method = "POST", path, body }: Pick<Step, "method" | "path" | "body">) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const headers = { ...(key === "" ? {} : { Authorization: `Bearer ${key}` }), "Content-Type": "application/json" };
    return send(new Request(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body: text }) }));
  };
  const keyOf = async (name: string) => {
    const answer = await ask(made.body.key, { path: "/api/v1/keys", body: { name, user_name: name, role: "member" } });
    return ((await answer.json()) as { readonly key: string }).key;
  };
  const keys = { A: await keyOf("Developer A"), B: await keyOf("Developer B"), nobody: "" };
  await ask(keys.B, { path: "/api/v1/decisions", body: { title: "Use JWT for auth", rationale: "No session store" } });
  const ids = new Map<string, string>();
  const lines: string[] = [];
  for (const step of steps) {
    const { title, method = "POST", path, who = "A", body, after = 0 } = step;
    team.advance(after * MINUTE);
    const real = JSON.parse(
      JSON.stringify(body ?? null),
      (_, value: unknown) => ids.get(String(value)) ?? value,
    ) as typeof body;
    const response = await ask(keys[who], { method, path, ...(body === undefined ? {} : { body: real ?? "" }) });
    const text = await response.text();
    const id = /"session_id":"([^"]+)"/.exec(text)?.[1];
    if (id !== undefined && !ids.has(`$session_${who}`)) ids.set(`$session_${who}`, id);
    const asked = body === undefined ? [] : [typeof body === "string" ? body : JSON.stringify(body)];
    const passed = after === 0 ? [] : [`(${after} min later)`];
    lines.push(
      `# ${title}`,
      ...passed,
      `${method} ${path} by ${who}`,
      ...asked,
      `→ ${response.status} ${response.headers.get("content-type")}`,
      text,
      "",
    );
  }
  return normalise(lines.join("\n"), ids);
}

function normalise(text: string, ids: ReadonlyMap<string, string>): string {
  const known = [...ids].reduce((said, [name, id]) => said.replaceAll(id, name), text);
  return known
    .replaceAll(/\bses_[0-9a-f]{32}/g, "<session>")
    .replaceAll(/\breq_[0-9a-z]+/g, "<request>")
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "<time>");
}
