/** `serai guard …`: the last look before a commit, for what no hook of an agent sees. */
import type { Command } from "commander";
import { Option } from "commander";
import { installGuard, readGuardStatus, uninstallGuard } from "../install/install-guard.ts";
import { CommandFault } from "./faults.ts";
import { accepted, openAccess, placeOf, revokeKeys } from "./hook-access.ts";
import type { ServerFlags } from "./hook-access.ts";
import { lineOf } from "./hooks.ts";
import { act } from "./invocation.ts";
import type { CommandSite, Invocation } from "./invocation.ts";

interface GuardFlags extends ServerFlags {
  readonly mode: "warn" | "block";
  readonly strict?: true;
}

export function addGuard(program: Command, site: CommandSite): void {
  const guard = program.command("guard").description("Guard: a commit of what others hold is noticed, or stopped");
  const install = guard
    .command("install")
    .description("Look at every commit in this repository; twice is once")
    .addOption(new Option("--mode <mode>", "what it does about it").choices(["warn", "block"]).default("warn"))
    .option("--strict", "with --mode block: without an answer of the server nothing is committed")
    .option("--server <url>", "which server it asks (as --url)");
  act<GuardFlags>(install, site, installHere);
  const uninstall = guard.command("uninstall").description("Put the repository's hook back as it was");
  act<ServerFlags>(uninstall, site, async ({ flags, shell, screen, show }) => {
    const { files, keys } = accepted(uninstallGuard(placeOf(shell), shell.cwd));
    const notes = [...files.flatMap((file) => file.notes), ...(await revokeKeys(keys, flags, shell))];
    show({ files, notes }, () => files.map(lineOf).join(""));
    for (const note of notes) screen.note(`  ${note}`);
  });
  act(guard.command("status").description("Whether commits here are guarded"), site, async ({ shell, show }) => {
    const status = readGuardStatus(shell.cwd);
    if (status === null) throw new CommandFault(`${shell.cwd} is in no git repository`);
    show(status, () => (status.mode === null ? "not guarded" : `guarded (${status.mode})`) + `: ${status.path}\n`);
  });
}

async function installHere({ flags, shell, screen, show }: Invocation<GuardFlags>): Promise<void> {
  const { server, keyId } = await openAccess(flags, shell);
  const wanted = { server, keyId, mode: flags.mode, isStrict: flags.strict === true };
  const { files, notes } = accepted(installGuard(wanted, placeOf(shell), shell.cwd));
  const does = flags.mode === "block" ? "stopped" : "noticed";
  show({ server: server.url, mode: flags.mode, keyId, files, notes }, () =>
    [...files.map(lineOf), `A commit of what others hold is ${does} here; SERAI_BYPASS=1 lets one through\n`].join(""),
  );
  for (const note of [...files.flatMap((file) => file.notes), ...notes]) screen.note(`  ${note}`);
}
