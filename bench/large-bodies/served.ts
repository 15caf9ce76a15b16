/** `serai serve` from the sources in a process of its own, as a user starts it, and the most that it ever held in memory. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Served extends AsyncDisposable {
  readonly url: string;
  readonly key: string;
  readonly pid: number;
}

export interface ServeOptions {
  readonly data: string;
  readonly args?: readonly string[];
  /** Where compiled code is kept from one start to the next. */
  readonly cache: string;
}

export async function openServed({ data, args = [], cache }: ServeOptions): Promise<Served> {
  const program = join(import.meta.dirname, "../../bin/serai.js");
  const child = spawn(process.execPath, [program, "serve", "--port", "0", "--data", data, ...args], {
    env: { PATH: process.env.PATH ?? "", HOME: data, SERAI_LOG: "error", NODE_COMPILE_CACHE: cache },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  let url: string | undefined;
  for await (const chunk of child.stdout) {
    said += String(chunk);
    url = /ready at (\S+)/.exec(said)?.[1];
    if (url !== undefined) break;
  }
  if (url === undefined) throw new Error(`The server ended before it was ready: ${said}`);
  return {
    url,
    key: readFileSync(join(data, "admin.key"), "utf8").trim(),
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
    },
  };
}

/** Of Linux: what it holds now, and the most that it held since `forgetPeak`. */
export function readHeld(pid: number): { readonly nowMb: number; readonly peakMb: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const of = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? Number.NaN) / 1_024;
  return { nowMb: of("VmRSS"), peakMb: of("VmHWM") };
}

export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}
