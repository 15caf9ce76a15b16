/** The program without its commands: its words and the options that all of them have. */
import { Command, Option } from "commander";
import type { CommandSite } from "./invocation.ts";
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
  return program;
}
