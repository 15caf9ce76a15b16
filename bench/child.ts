/** A program of the bench in a process of its own: ready when it has said where it listens, ended when it is disposed of. */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

export interface Child extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly url: string;
  /** Sends a message and waits for the next that comes back; one at a time. */
  ask<T>(message: object): Promise<T>;
}

export interface ChildOptions {
  readonly file: string;
  readonly args?: readonly string[];
  readonly execArgv?: readonly string[];
}

/** The program sends `{ url }` once it listens. */
export async function openChild({ file, args = [], execArgv = [] }: ChildOptions): Promise<Child> {
  const child = fork(file, args, { execArgv: [...execArgv], stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const answers: PromiseWithResolvers<unknown>[] = [];
  const next = (): Promise<unknown> => {
    const answer = Promise.withResolvers<unknown>();
    answers.push(answer);
    return answer.promise;
  };
  child.on("message", (message) => answers.shift()?.resolve(message));
  child.once("exit", (code, signal) => {
    for (const answer of answers.splice(0)) answer.reject(new Error(`${file} ended (${String(code ?? signal)})`));
  });
  const { url } = (await next()) as { readonly url: string };
  return {
    process: child,
    pid: child.pid ?? 0,
    url,
    ask<T>(message: object) {
      const answer = next();
      child.send(message);
      return answer as Promise<T>;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
    },
  };
}
