/**
 * A small shell that outlives this process by a moment and ends what it left running: everything that was started with
 * a mark in its environment. It waits for the end of its input, which the kernel closes however this process ends.
 *
 * Where a sandbox holds the processes they end with this one anyway; elsewhere nothing else would.
 */
import { spawn } from "node:child_process";
import type { ProcessMark } from "./process-table.ts";

/** Looks ten times a second until nothing was found three times in a row, for five seconds at most. */
const SCRIPT = `
trap "" HUP INT TERM
while read -r line; do :; done
round=0; calm=0
while [ $round -lt 50 ] && [ $calm -lt 3 ]; do
  if [ -d /proc/self ]; then found=$(grep -lzsxF "$0" /proc/[0-9]*/environ | cut -d/ -f3)
  else found=$(ps axeww -o pid=,command= | grep -F " $0" | grep -v grep | awk '{print $1}'); fi
  if [ -z "$found" ]; then calm=$((calm+1)); else calm=0; kill -9 $found 2>/dev/null; fi
  round=$((round+1)); sleep 0.1
done
`;

/** Contract: disposed of, it carries out the will too; whoever closes in order has ended everything before. */
export function openLastWill(mark: ProcessMark): Disposable {
  if (/[^\w=.-]/.test(mark)) throw new Error(`The mark "${mark}" cannot be looked for by a shell`);
  const path = process.env["PATH"] ?? "/usr/bin:/bin";
  const child = spawn("/bin/sh", ["-c", SCRIPT, mark], {
    cwd: "/",
    env: { PATH: path, LC_ALL: "C" },
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  // A machine without a shell has nothing that looks after it; what was started ends with its harness all the same.
  child.on("error", () => child.stdin.destroy());
  child.stdin.on("error", () => child.stdin.destroy());
  child.unref();
  return { [Symbol.dispose]: () => child.stdin.destroy() };
}
