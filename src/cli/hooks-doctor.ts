/**
 * `serai hooks doctor`: proves that an agent's hooks guard something, by letting two conversations want the same file
 * through the very script that the agent runs; before that, whatever that rests on, in the order in which one needs the
 * other.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { Command } from "commander";
import { Serai } from "../client/serai.ts";
import { isReadableByOthers } from "../install/disk.ts";
import { readCodexTrust } from "../install/codex-trust.ts";
import { isOurHandler } from "../install/hook-commands.ts";
import { readHookStatus } from "../install/hook-status.ts";
import type { HookStatus } from "../install/hook-status.ts";
import { fileOf } from "../install/ides.ts";
import type { Ide } from "../install/ides.ts";
import { hooksFolderOf } from "../install/places.ts";
import type { HooksFolder, Place } from "../install/places.ts";
import { isCurrent, readServer } from "../install/scripts.ts";
import type { ServerFile } from "../install/server-file.ts";
import { tryDenial } from "../install/trial.ts";
import { failure, ok, showChecks, tried, warning } from "./check.ts";
import type { Check } from "./check.ts";
import { placeOf } from "./hook-access.ts";
import { ideArgument, ideOf } from "./ide-argument.ts";
import { act } from "./invocation.ts";
import type { CommandSite, Invocation } from "./invocation.ts";

export function addHooksDoctor(command: Command, site: CommandSite): void {
  const doctor = command
    .description("See whether an agent's hooks work: with a file that one may have and another may not")
    .addArgument(ideArgument());
  act(doctor, site, async (call) => showChecks(call, await checkAll(ideOf(call), call)));
}

async function checkAll(ide: Ide, { shell }: Invocation): Promise<readonly Check[]> {
  const place = placeOf(shell);
  const folder = hooksFolderOf(place);
  const found = (["user", "project"] as const).map((scope) => readHookStatus(ide, scope, place));
  const first = [...checkTools(ide), ...checkFiles(ide, found)];
  const name = found.map((status) => status.server).find((named) => named !== null);
  if (name === undefined || name === null) return first;
  const server = readServer(folder, name);
  const own = checkOwnFiles(folder, { ide, name, server });
  const trust = ide === "codex" ? [await checkTrust(place)] : [];
  if (server === null) return [...first, ...own, ...trust];
  const reached = await checkServer(server);
  const isReached = reached.every(({ status }) => status !== "failure");
  const proof = isReached ? [await checkTrial(ide, folder, name)] : [];
  return [...first, ...own, ...trust, ...reached, ...proof];
}

const PROGRAMS: Readonly<Record<Ide, string | null>> = {
  "claude-code": "claude",
  cursor: "cursor",
  codex: "codex",
  gemini: "gemini",
  copilot: "copilot",
  windsurf: null,
  opencode: "opencode",
  pi: "pi",
};

/** From which on their hooks see edits. */
const LEAST: Readonly<Partial<Record<Ide, readonly [number, number, number]>>> = {
  codex: [0, 119, 0],
  copilot: [1, 0, 57],
};

function checkTools(ide: Ide): readonly Check[] {
  const curl = versionOf("curl");
  const own =
    curl === null
      ? failure("curl", "there is none", "install curl; the hooks ask the server with it")
      : ok("curl", curl);
  const program = PROGRAMS[ide];
  if (program === null) return [own];
  const { title } = fileOf(ide);
  const version = versionOf(program);
  if (version === null)
    return [own, warning(title, `there is no "${program}" on the path here`, "no matter if it is started otherwise")];
  const least = LEAST[ide];
  if (least === undefined || !isOlder(version, least)) return [own, ok(title, version)];
  return [own, failure(title, version, `its hooks see edits only from ${least.join(".")} on; bring it up to date`)];
}

function versionOf(program: string): string | null {
  const { status, stdout } = spawnSync(program, ["--version"], { encoding: "utf8", timeout: 10_000 });
  return status === 0 ? (/\d+\.\d+(?:\.\d+)?/.exec(stdout)?.[0] ?? "") : null;
}

export function isOlder(version: string, least: readonly number[]): boolean {
  const parts = version.split(".").map(Number);
  const at = least.findIndex((number, index) => (parts[index] ?? 0) !== number);
  return version !== "" && at >= 0 && (parts[at] ?? 0) < (least[at] ?? 0);
}

function checkFiles(ide: Ide, found: readonly HookStatus[]): readonly Check[] {
  const there = found.filter(({ state }) => state !== "absent");
  if (there.length === 0) return [failure("hooks", "none are installed", `serai hooks install ${ide}`)];
  return there.map(({ scope, state, detail, path, isStrict }) => {
    const words = [path, ...(isStrict ? ["strict"] : []), ...(detail === "" ? [] : [detail])].join(", ");
    if (state === "installed") return ok("hooks", words);
    const fix = `serai hooks install ${ide}${scope === "project" ? " --project" : ""}`;
    return state === "partly"
      ? warning("hooks", words, fix)
      : failure("hooks", words, "mend the file, then install again");
  });
}

interface OwnFiles {
  readonly ide: Ide;
  readonly name: string;
  readonly server: ServerFile | null;
}

function checkOwnFiles(folder: HooksFolder, { ide, name, server }: OwnFiles): readonly Check[] {
  const again = `serai hooks install ${ide}`;
  const file = folder.serverFile(name);
  const script = isCurrent(folder)
    ? ok("script", folder.script)
    : failure("script", existsSync(folder.script) ? "is of another version" : `there is no ${folder.script}`, again);
  if (server === null) return [script, failure("key file", `${file} is missing or damaged`, again)];
  if (isReadableByOthers(file)) return [script, failure("key file", `others can read ${file}`, `chmod 600 ${file}`)];
  return [script, ok("key file", file)];
}

async function checkServer({ url, key }: ServerFile): Promise<readonly Check[]> {
  const serai = new Serai({ baseUrl: url, apiKey: key });
  const server = await tried("server", "start it with: serai serve", async () => {
    const { version } = await serai.health();
    return ok("server", `${url}, version ${version}`);
  });
  if (server.status === "failure") return [server];
  const own = await tried("key", "serai hooks install again mints another", async () => {
    const { name, role } = await serai.me();
    return ok("key", `${name}, ${role}`);
  });
  return [server, own];
}

async function checkTrial(ide: Ide, folder: HooksFolder, serverName: string): Promise<Check> {
  const said = await tryDenial({ ide, folder, serverName });
  const log = `what went wrong is in ${folder.log}`;
  switch (said.kind) {
    case "denied":
      return ok("trial", `the second of two was told: ${said.reason}`);
    case "allowed":
      return failure("trial", "two conversations were both let at the same file", log);
    case "odd":
      return failure("trial", `its answer was not understood: ${said.said}`, log);
  }
}

async function checkTrust({ projectRoot, environment }: Place): Promise<Check> {
  const fix = "type /hooks in Codex and trust those of Serai";
  const trust = await readCodexTrust(projectRoot, { ...environment });
  if (trust.kind === "unknown") return warning("trust", `Codex could not be asked: ${trust.reason}`, fix);
  const ours = trust.hooks.filter(({ command }) => isOurHandler({ command }));
  const untrusted = ours.filter((hook) => hook.trust !== "trusted" && hook.trust !== "managed");
  if (ours.length === 0)
    return failure("trust", "Codex does not see the hooks of Serai", "is the project trusted? see /hooks in Codex");
  if (untrusted.length === 0) return ok("trust", `Codex trusts all ${ours.length}`);
  const names = untrusted.map((hook) => `${hook.event} (${hook.trust})`).join(", ");
  return failure("trust", `Codex skips ${untrusted.length} of ${ours.length} without a word: ${names}`, fix);
}
