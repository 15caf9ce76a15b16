/** The peer: an agent's program started and spoken to by bare pipes, one JSON message a line, and nothing else. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface BareAgent extends AsyncDisposable {
  readonly sessionId: string;
  /** From the spawn to the answer to `session/new`. */
  readonly startMs: number;
  /** Gives every line that comes until the prompt is answered. */
  prompt(text: string, onLine: (line: string) => void): Promise<void>;
}

interface Answer {
  readonly id?: number;
  readonly result?: { readonly sessionId?: string };
}

export async function startBare(agent: string, folder: string): Promise<BareAgent> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [agent], {
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: folder },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const listeners = new Set<(line: string, answer: Answer) => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const answer = JSON.parse(line) as Answer;
    for (const listener of [...listeners]) listener(line, answer);
  });
  const ask = (id: number, method: string, params: unknown, onLine?: (line: string) => void) =>
    new Promise<Answer>((resolve) => {
      const listener = (line: string, answer: Answer) => {
        if (answer.id !== id) return onLine?.(line);
        listeners.delete(listener);
        resolve(answer);
      };
      listeners.add(listener);
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    });
  await ask(1, "initialize", { protocolVersion: 1, clientCapabilities: {} });
  const made = await ask(2, "session/new", { cwd: folder, mcpServers: [] });
  const sessionId = made.result?.sessionId ?? "";
  let lastId = 2;
  return {
    sessionId,
    startMs: performance.now() - startedAt,
    async prompt(text, onLine) {
      await ask(++lastId, "session/prompt", { sessionId, prompt: [{ type: "text", text }] }, onLine);
    },
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    },
  };
}
