/** What the agent keeps of its sessions, in its home, so that another process of it can load them. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Said {
  readonly by: "user" | "agent";
  readonly text: string;
}

const folder = join(process.env["HOME"] ?? "/nowhere", ".acp-agent");

export function remember(sessionId: string, said: readonly Said[]): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${sessionId}.json`), JSON.stringify(said));
}

export function recall(sessionId: string): Said[] | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, `${sessionId}.json`), "utf8")) as Said[];
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cause;
  }
}
