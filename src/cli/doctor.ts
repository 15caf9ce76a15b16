/** `serai doctor`: looks at everything that has to be right, in the order in which one needs the other. */
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { Serai } from "../client/serai.ts";
import { ADMIN_KEY_FILE } from "../main/config.ts";
import { failure, ok, showChecks, tried, warning } from "./check.ts";
import type { Check } from "./check.ts";
import { dataFolderOf, findConnection } from "./connect.ts";
import type { Connection } from "./connect.ts";
import { act } from "./invocation.ts";
import type { CommandSite, Invocation } from "./invocation.ts";
import { everyItem } from "./lookup.ts";
import { readVersion } from "./version.ts";

export function addDoctor(program: Command, site: CommandSite): void {
  const command = program
    .command("doctor")
    .description("See whether everything is as it should be, and what to do if not");
  act(command, site, async (call) => {
    return showChecks(call, await checkAll(call));
  });
}

async function checkAll({ flags, shell }: Invocation): Promise<readonly Check[]> {
  const local = [checkNode(process.versions.node), ...checkFolder(dataFolderOf(flags, shell))];
  const connection = findConnection(flags, shell);
  if (connection === null) {
    return [...local, failure("server", "none is running here", "start one with: serai serve, or name one with --url")];
  }
  return [...local, ...(await checkServer(connection))];
}

const NEEDED = [22, 18] as const;

export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isEnough = major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
  if (isEnough) return ok("node", version);
  return failure("node", version, `get ${NEEDED.join(".")} or newer from https://nodejs.org`);
}

function checkFolder(folder: string): readonly Check[] {
  if (!existsSync(folder)) {
    return [warning("data folder", `${folder} does not exist`, "serai serve makes it; or name another with --data")];
  }
  if (!isWritable(folder))
    return [failure("data folder", `${folder} cannot be written to`, `check who owns it: ls -ld ${folder}`)];
  return [ok("data folder", folder), ...checkKeyFile(join(folder, ADMIN_KEY_FILE))];
}

function checkKeyFile(file: string): readonly Check[] {
  if (!existsSync(file) || process.platform === "win32") return [];
  const isPrivate = (statSync(file).mode & 0o077) === 0;
  return isPrivate ? [] : [warning("key file", `${file} can be read by others`, `chmod 600 ${file}`)];
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.R_OK | constants.W_OK);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "EACCES" || error.code === "EROFS")) return false;
    throw error;
  }
}

async function checkServer({ url, key }: Connection): Promise<readonly Check[]> {
  const serai = new Serai({ baseUrl: url, timeoutMs: 10_000, ...(key === null ? {} : { apiKey: key }) });
  const server = await tried("server", `start it with: serai serve`, async () => {
    const { version } = await serai.health();
    const own = readVersion();
    if (version === own) return ok("server", `${url}, version ${version}`);
    return warning(
      "server",
      `${url} is version ${version}, this command ${own}`,
      "start the server again with this version",
    );
  });
  if (server.status === "failure") return [server];
  if (key === null) return [server, failure("key", "none was found", "give one with --key or SERAI_API_KEY")];
  const way = "take the key from admin.key in the server's data folder, with --key or SERAI_API_KEY";
  const own = await tried("key", way, async () => {
    const { name, role } = await serai.me();
    return ok("key", `${name}, ${role}`);
  });
  return own.status === "failure"
    ? [server, own]
    : [server, own, await checkProviders(serai), await checkAgents(serai)];
}

async function checkProviders(serai: Serai): Promise<Check> {
  return tried("provider", "see: serai providers list", async () => {
    const providers = await everyItem((query) => serai.providers.list(query));
    const real = providers.filter(({ providerType }) => providerType !== "scripted");
    const locked = real.find(({ status }) => status === "needs_key");
    if (locked !== undefined) {
      return warning(
        "provider",
        `the key of ${locked.name} cannot be opened`,
        "start the server with the secret key it was sealed with, or set it anew",
      );
    }
    if (real.length > 0) return ok("provider", real.map(({ name }) => name).join(", "));
    const way = "serai providers add, or start the server with ANTHROPIC_API_KEY, OPENAI_API_KEY or GEMINI_API_KEY";
    return warning("provider", "only the scripted model answers, and nobody thinks", way);
  });
}

async function checkAgents(serai: Serai): Promise<Check> {
  return tried("agents", "see: serai agents list", async () => {
    const { total } = await serai.agents.list({ limit: 1 });
    return total > 0 ? ok("agents", String(total)) : warning("agents", "none", "make one with: serai agents create");
  });
}
