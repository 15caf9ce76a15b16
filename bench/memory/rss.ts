/** The resident size of a process, as its operating system sees it. */
import { execFileSync } from "node:child_process";

export function readRssMb(pid: number): number {
  return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) / 1_024;
}
