/**
 * Which of its hooks Codex trusts, asked of Codex itself (`codex app-server`, `hooks/list`). It skips the others without a
 * word, which is why somebody has to ask.
 *
 * Invariant: changes nothing, and ends the program it started.
 */
import { homedir } from "node:os";
import { z } from "zod";
import { sleep } from "../lib/deadline.ts";
import { openProgram } from "../lib/program.ts";
import type { Program } from "../lib/program.ts";

const WAIT_MS = 15_000;

export type CodexTrust =
  | { readonly kind: "known"; readonly hooks: readonly CodexHook[] }
  | { readonly kind: "unknown"; readonly reason: string };

export interface CodexHook {
  readonly event: string;
  readonly command: string;
  readonly trust: string;
}

const hookSchema = z.looseObject({
  eventName: z.string().default(""),
  command: z.string(),
  trustStatus: z.string(),
});

export async function readCodexTrust(cwd: string, env: NodeJS.ProcessEnv): Promise<CodexTrust> {
  const known = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  try {
    await using codex = await openProgram({
      command: "codex",
      args: ["app-server"],
      env: Object.fromEntries(known),
      folder: cwd === "" ? homedir() : cwd,
    });
    const waiting = new AbortController();
    const late = sleep(WAIT_MS, waiting.signal).then(() => null);
    try {
      const said = await Promise.race([askForHooks(codex, cwd), late]);
      if (said === null)
        return { kind: "unknown", reason: `codex app-server did not answer: ${codex.complaints().trim()}` };
      return { kind: "known", hooks: hooksIn(said) };
    } finally {
      waiting.abort();
      // Called off, which is what it rejects for.
      late.catch(() => null);
    }
  } catch (cause) {
    return { kind: "unknown", reason: cause instanceof Error ? cause.message : String(cause) };
  }
}

/** Newline JSON-RPC without the `jsonrpc` field; null when it ends before it has answered. */
async function askForHooks({ input, output }: Program, cwd: string): Promise<unknown> {
  const send = (message: object): void => void input.write(`${JSON.stringify(message)}\n`);
  send({ id: 0, method: "initialize", params: { clientInfo: { name: "serai", title: "Serai", version: "1" } } });
  for await (const line of linesOf(output)) {
    const { id, result, error } = messageSchema.parse(JSON.parse(line));
    if (id === 0) {
      send({ method: "initialized" });
      send({ id: 1, method: "hooks/list", params: { cwds: [cwd] } });
    }
    if (error !== undefined) throw new Error(`Codex refused: ${JSON.stringify(error)}`);
    if (id === 1) return result;
  }
  return null;
}

const messageSchema = z.looseObject({
  id: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.unknown().optional(),
});

async function* linesOf(stream: AsyncIterable<unknown>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    rest += decoder.decode(chunk as Uint8Array, { stream: true }); // No encoding was set on it.
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    yield* lines.filter((line) => line.trim() !== "");
  }
}

/** Wherever they stand in the answer: their shape is known better than what is around them. */
function hooksIn(value: unknown): readonly CodexHook[] {
  if (typeof value !== "object" || value === null) return [];
  const hook = hookSchema.safeParse(value);
  if (hook.success) {
    return [{ event: hook.data.eventName, command: hook.data.command, trust: hook.data.trustStatus }];
  }
  return Object.values(value).flatMap(hooksIn);
}
