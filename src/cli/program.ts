/** The commands, their words and the options that all of them have. */
import { Command, Option } from "commander";
import { addAgents } from "./agents.ts";
import { addApprovals } from "./approvals.ts";
import { addDoctor } from "./doctor.ts";
import { addFiles } from "./files.ts";
import { addGuard } from "./guard.ts";
import { addHooks } from "./hooks.ts";
import type { CommandSite } from "./invocation.ts";
import { addKeys } from "./keys.ts";
import { addModels, addProviders } from "./providers.ts";
import { addRun } from "./run.ts";
import { addSend } from "./send.ts";
import { addServe } from "./serve.ts";
import { addSessions } from "./sessions.ts";
import { readVersion } from "./version.ts";

const EXAMPLES = `
Examples:
  $ serai serve                                  start the server here
  $ serai run "Summarise README.md" -f README.md
  $ serai sessions list
  $ serai doctor                                 see what is missing

The server of this machine and its key are found by themselves: in --data, SERAI_DATA, ./.serai or ~/.local/share/serai.
`;

export function makeProgram(site: CommandSite): Command {
  const { screen } = site.shell;
  const program = new Command("serai")
    .description("One session server for every coding agent")
    .version(readVersion(), "-V, --version", "show the version")
    .helpOption("-h, --help", "show this help")
    .addOption(new Option("-o, --output <format>", "how results are written").choices(["text", "json"]).default("text"))
    .option("--url <url>", "which server (SERAI_URL)")
    .option("--key <key>", "with which key (SERAI_API_KEY)")
    .option("--data <folder>", "the data folder of the server (SERAI_DATA)")
    .exitOverride()
    .configureOutput({ writeOut: (text) => screen.out(text), writeErr: (text) => screen.note(text.trimEnd()) })
    .configureHelp({ showGlobalOptions: true, styleTitle: (text) => screen.paintOut("bold", text) })
    .showHelpAfterError("(add --help for how to use it)")
    .addHelpText("after", EXAMPLES);
  addServe(program, site);
  addRun(program, site);
  addSessions(program, site);
  addSend(program, site);
  addApprovals(program, site);
  addFiles(program, site);
  addAgents(program, site);
  addProviders(program, site);
  addModels(program, site);
  addKeys(program, site);
  addHooks(program, site);
  addGuard(program, site);
  addDoctor(program, site);
  return program;
}
