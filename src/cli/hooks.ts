/** `serai hooks …`: lets the agents of this machine ask the server before they change a file. */
import type { Command } from "commander";
import type { FileReport } from "../install/change-file.ts";
import { readHookStatus } from "../install/hook-status.ts";
import type { HookStatus } from "../install/hook-status.ts";
import { fileOf, IDES } from "../install/ides.ts";
import type { Scope } from "../install/ides.ts";
import { installHooks, uninstallHooks } from "../install/install-hooks.ts";
import { UsageFault } from "./faults.ts";
import { accepted, openAccess, placeOf, revokeKeys } from "./hook-access.ts";
import type { ServerFlags } from "./hook-access.ts";
import { addHooksDoctor } from "./hooks-doctor.ts";
import { ideArgument, ideOf } from "./ide-argument.ts";
import { act } from "./invocation.ts";
import type { CommandSite, Invocation } from "./invocation.ts";
import type { Screen } from "./screen.ts";
import { formatTable } from "./table.ts";

interface ScopeFlags extends ServerFlags {
  readonly project?: true;
  readonly user?: true;
}

interface InstallFlags extends ScopeFlags {
  readonly strict?: true;
  readonly command?: true;
}

export function addHooks(program: Command, site: CommandSite): void {
  const hooks = program.command("hooks").description("Hooks: agents in IDEs ask before they change a file");
  const install = withScope(hooks.command("install").description("Let an agent ask this server; twice is once"))
    .addArgument(ideArgument())
    .option("--strict", "without an answer of the server nothing may be changed")
    .option("--server <url>", "which server its hooks ask (as --url)")
    .option("--command", "Claude Code: run a program for every event, so that no key is in its settings");
  act<InstallFlags>(install, site, installOne);
  const uninstall = withScope(hooks.command("uninstall").description("Put an agent's file back as it was"));
  act<ScopeFlags>(uninstall.addArgument(ideArgument()), site, uninstallOne);
  const status = hooks.command("status").description("What is installed, for the user and in this project");
  act(status.addArgument(ideArgument().argOptional()), site, async (call) => showStatus(call));
  addHooksDoctor(hooks.command("doctor"), site);
}

function withScope(command: Command): Command {
  return command
    .option("--user", "for all projects of this user (the default)")
    .option("--project", "for the project here, in its folder");
}

export function scopeOf({ project, user }: ScopeFlags): Scope {
  if (project && user) throw new UsageFault("--project and --user exclude each other");
  return project ? "project" : "user";
}

async function installOne(call: Invocation<InstallFlags>): Promise<void> {
  const { flags, shell, screen } = call;
  const ide = ideOf(call);
  const scope = scopeOf(flags);
  const place = placeOf(shell);
  const { server, keyId, isStrict: isWanted } = await openAccess(flags, shell);
  // A server that is away says nothing: what stands stays as strict as it is.
  const isStrict = flags.strict === true || (isWanted ?? readHookStatus(ide, scope, place).isStrict);
  const wanted = { ide, scope, server, keyId, isStrict, usesHttp: flags.command !== true };
  const { files, notes } = accepted(installHooks(wanted, place));
  call.show({ ide, scope, server: server.url, keyId, files, notes }, () =>
    [...files.map(lineOf), `${fileOf(ide).title} asks ${server.url} from its next session on\n`].join(""),
  );
  const strict = isStrict && flags.strict !== true ? ["Strict, as its workspace wants it"] : [];
  for (const note of [...files.flatMap((file) => file.notes), ...strict, ...notes]) screen.note(`  ${note}`);
  screen.note(screen.paintNote("dim", `  See that it works: serai hooks doctor ${ide}`));
}

async function uninstallOne(call: Invocation<ScopeFlags>): Promise<void> {
  const { flags, shell, screen } = call;
  const ide = ideOf(call);
  const { files, keys } = accepted(uninstallHooks(ide, scopeOf(flags), placeOf(shell)));
  const notes = [...files.flatMap((file) => file.notes), ...(await revokeKeys(keys, flags, shell))];
  call.show({ ide, files, notes }, () => files.map(lineOf).join(""));
  for (const note of notes) screen.note(`  ${note}`);
}

const WORDS: Readonly<Record<FileReport["action"], string>> = {
  written: "wrote",
  unchanged: "left as it is:",
  restored: "put back",
  removed: "removed",
  cleaned: "took Serai's part out of",
};

export function lineOf({ action, path }: FileReport): string {
  return `${WORDS[action]} ${path}\n`;
}

function showStatus(call: Invocation): void {
  const { args, shell } = call;
  const place = placeOf(shell);
  const asked = args.length === 0 ? IDES : [ideOf(call)];
  const all = asked.flatMap((ide) => (["user", "project"] as const).map((scope) => readHookStatus(ide, scope, place)));
  const shown = args.length === 0 ? all.filter(({ state }) => state !== "absent") : all;
  call.show({ hooks: all }, (screen) =>
    shown.length === 0
      ? "No hooks are installed here; begin with: serai hooks install <ide>\n"
      : tableOf(shown, screen),
  );
}

function tableOf(statuses: readonly HookStatus[], screen: Screen): string {
  const columns = [
    { title: "AGENT" },
    { title: "FOR" },
    { title: "STATE" },
    { title: "SERVER" },
    { title: "FILE", isFlexible: true },
  ];
  const rows = statuses.map(({ ide, scope, state, detail, server, isStrict, path }) => [
    ide,
    scope,
    [state, ...(isStrict ? ["strict"] : []), ...(detail === "" ? [] : [detail])].join(", "),
    server ?? "",
    path,
  ]);
  return formatTable(columns, rows, screen);
}
