/**
 * A trial of the real thing: two conversations that never were, in a repository that is made for it, want the same file,
 * through the script that the agent's hooks run. The second must be told no, in that agent's words.
 *
 * Invariant: both are ended afterwards, so that they hold nothing; nothing outside the trial's own folder is written.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ide } from "./ides.ts";
import { verdictOf } from "./hook-verdict.ts";
import type { HookRun, HookVerdict } from "./hook-verdict.ts";
import type { HooksFolder } from "./places.ts";

export interface TrialSite {
  readonly ide: Ide;
  readonly folder: HooksFolder;
  readonly serverName: string;
}

const NOTHING: HookVerdict = { kind: "odd", said: "nothing" };

/** `allowed`: both were let through, so nothing is guarded. */
export async function tryDenial(site: TrialSite): Promise<HookVerdict> {
  const root = mkdtempSync(join(tmpdir(), "serai-trial-"));
  const names = [`trial-${randomUUID()}`, `trial-${randomUUID()}`] as const;
  try {
    mkdirSync(join(root, ".git"));
    writeFileSync(join(root, ".git", "HEAD"), "ref: refs/heads/trial\n");
    writeFileSync(join(root, ".git", "config"), `[remote "origin"]\n\turl = https://trial.invalid/${names[0]}\n`);
    const runs: HookRun[] = [];
    for (const conversation of names) runs.push(await runHook(site, trialCall(site.ide, { conversation, root })));
    const [first = NOTHING, second = NOTHING] = runs.map((run) => verdictOf(site.ide, run));
    return first.kind === "denied" ? { kind: "odd", said: `the first was refused: ${first.reason}` } : second;
  } finally {
    for (const conversation of names) await runHook(site, trialEnd(site.ide, { conversation, root }));
    rmSync(root, { recursive: true, force: true });
  }
}

interface TrialCall {
  readonly event: string;
  readonly payload: object;
  readonly cwd: string;
}

/** Ends by itself within the script's own time. */
export function runHook({ ide, folder, serverName }: TrialSite, call: TrialCall): Promise<HookRun> {
  const { promise, resolve, reject } = Promise.withResolvers<HookRun>();
  const words = [ide, call.event, serverName];
  const { CLAUDE_ENV_FILE: _file, CURSOR_PROJECT_DIR: _project, GEMINI_CWD: _cwd, ...env } = process.env;
  const child = spawn("sh", ["-c", 'd=$0; . "$d/hook.sh"', folder.path, ...words], { cwd: call.cwd, env });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.once("error", reject);
  child.once("close", (code) => resolve({ code, stdout, stderr }));
  // A script that ends before it has read all of it is no fault here.
  child.stdin.on("error", () => undefined);
  child.stdin.end(JSON.stringify(call.payload));
  return promise;
}

interface Trial {
  readonly conversation: string;
  readonly root: string;
}

function trialCall(ide: Ide, { conversation, root }: Trial): TrialCall {
  const file = join(root, "trial.txt");
  const content = { file_path: file, content: "trial\n" };
  const tool = { tool_name: "Write", tool_input: content, tool_use_id: `trial-${conversation}`, cwd: root };
  switch (ide) {
    case "claude-code": {
      // By the transcript the server tells Claude Code from others that run its hooks.
      const transcript = join(root, ".claude", "projects", "trial", `${conversation}.jsonl`);
      const call = { ...tool, hook_event_name: "PreToolUse", transcript_path: transcript };
      return { event: "PreToolUse", cwd: root, payload: { session_id: conversation, ...call } };
    }
    case "codex": {
      const patch = "*** Begin Patch\n*** Add File: trial.txt\n+trial\n*** End Patch\n";
      const call = { ...tool, tool_name: "apply_patch", tool_input: { command: patch }, turn_id: "trial" };
      return {
        event: "PreToolUse",
        cwd: root,
        payload: { session_id: conversation, hook_event_name: "PreToolUse", ...call },
      };
    }
    case "cursor": {
      const names = { conversation_id: conversation, session_id: conversation, cursor_version: "trial" };
      const call = { ...names, ...tool, hook_event_name: "preToolUse", workspace_roots: [root] };
      return { event: "preToolUse", cwd: root, payload: call };
    }
    case "gemini": {
      const call = { ...tool, tool_name: "write_file", hook_event_name: "BeforeTool" };
      return { event: "BeforeTool", cwd: root, payload: { session_id: conversation, ...call } };
    }
    case "copilot": {
      const call = { toolName: "create", toolArgs: JSON.stringify({ path: file, file_text: "trial\n" }), cwd: root };
      return { event: "preToolUse", cwd: root, payload: { sessionId: conversation, timestamp: 0, ...call } };
    }
    case "windsurf": {
      const call = { trajectory_id: conversation, execution_id: "trial", tool_info: { file_path: file, edits: [] } };
      return { event: "pre_write_code", cwd: root, payload: { agent_action_name: "pre_write_code", ...call } };
    }
    case "opencode":
    case "pi": {
      const call = { ...tool, tool_name: "write", tool_input: { filePath: file, content: "trial\n" } };
      return { event: "pre_tool", cwd: root, payload: { event: "pre_tool", conversation_id: conversation, ...call } };
    }
  }
}

const ENDS: Readonly<Record<Ide, string>> = {
  "claude-code": "SessionEnd",
  codex: "SessionEnd",
  cursor: "sessionEnd",
  gemini: "SessionEnd",
  copilot: "sessionEnd",
  windsurf: "post_cascade_response",
  opencode: "session_end",
  pi: "session_end",
};

function trialEnd(ide: Ide, { conversation, root }: Trial): TrialCall {
  const event = ENDS[ide];
  const ids = { session_id: conversation, conversation_id: conversation, sessionId: conversation };
  const transcript = join(root, ".claude", "projects", "trial", `${conversation}.jsonl`);
  const own = {
    "claude-code": { hook_event_name: event, transcript_path: transcript },
    codex: { hook_event_name: event, turn_id: "trial" },
    cursor: { hook_event_name: event, cursor_version: "trial" },
    gemini: { hook_event_name: event },
    copilot: { timestamp: 0 },
    windsurf: { agent_action_name: event, trajectory_id: conversation, tool_info: {} },
    opencode: { event },
    pi: { event },
  } as const satisfies Record<Ide, object>;
  return { event, cwd: root, payload: { ...ids, ...own[ide], reason: "other", cwd: root } };
}
