/** `serai serve`: boots, says that it is ready and what to do next, and stays until it is told to stop. */
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { boot, UnusableSetting } from "./boot.ts";
import type { Server } from "./boot.ts";
import { ADMIN_KEY_FILE, readSettings } from "./config.ts";
import type { ServeOptions, ServeSettings } from "./config.ts";
import { openLog } from "./log.ts";
import { readSettingsFile } from "./settings-file.ts";
import { settleSoon } from "./settle.ts";

export type { ServeOptions } from "./config.ts";

const EXIT_BROKEN = 74;

/** Resolves with the exit code once the server has closed. */
export async function serve(options: ServeOptions): Promise<number> {
  const file = await readSettingsFile(process.cwd());
  if (!file.ok) return refuse(file.reason, 2);
  const read = readSettings(options, { ...file.environment, ...process.env }, process.cwd());
  if (!read.ok) return refuse(read.reason, 2);
  const { settings } = read;
  const log = openLog(settings.logLevel);
  const stopped = Promise.withResolvers<number>();
  const onBroken = (fault: unknown) => {
    log.fatal({ err: fault }, "The disk failed; the outcome of the last writes is unknown");
    stopped.resolve(EXIT_BROKEN);
  };
  try {
    const server = await boot({ settings, environment: process.env, version: readVersion(), log, onBroken });
    for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stopped.resolve(0));
    process.stdout.write(greeting(server, settings));
    using _settling = settleSoon();
    const code = await stopped.promise;
    await server[Symbol.asyncDispose]();
    return code;
  } catch (error) {
    const reason = sentenceOf(error);
    if (reason === null) throw error;
    return refuse(reason, 1);
  }
}

function refuse(reason: string, code: number): number {
  process.stderr.write(`serai: ${reason}\n`);
  return code;
}

/** What went wrong at the start, if it is something that the person can change. */
function sentenceOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof UnusableSetting || error.name === "FolderInUse" || error.name === "DataTooNew")
    return error.message;
  const { cause } = error;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "EADDRINUSE")
    return `${error.message}: something else listens there. Choose another with --port, or --port 0 for any`;
  if (code === "EACCES" || code === "EADDRNOTAVAIL")
    return `${error.message}: ${cause instanceof Error ? cause.message : ""}`;
  return null;
}

function greeting(server: Server, settings: ServeSettings): string {
  const keyFile = relative(process.cwd(), join(settings.dataFolder, ADMIN_KEY_FILE)) || ADMIN_KEY_FILE;
  const { workspaceId, userId } = server.first;
  const token = server.signIn.issue({ workspaceId, userId, role: "owner" });
  return [
    `Serai is ready at ${server.url}`,
    ...server.doorUrls.map(({ door, url }) => `  ${door} ${url}`),
    `  key   ${keyFile}  (the command line finds it by itself)`,
    `  open  ${server.url}/sign-in?token=${token}  (a browser, once)`,
    `  try   npx serai run "What time is it in Samarkand?"`,
    "",
  ].join("\n");
}

export function readVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const found: unknown = JSON.parse(text);
  const version = typeof found === "object" && found !== null && "version" in found ? found.version : undefined;
  return typeof version === "string" ? version : "unknown";
}
