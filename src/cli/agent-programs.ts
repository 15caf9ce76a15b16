/** `serai agents installed`, and what `serai agents` alone says: the agents that are programs, found or not and why. */
import type { Command } from "commander";
import type { AgentProgram, AgentProgramList } from "../client/shapes.ts";
import { UsageFault } from "./faults.ts";
import { act } from "./invocation.ts";
import type { CommandSite } from "./invocation.ts";
import type { Screen } from "./screen.ts";
import { formatTable } from "./table.ts";

export function addAgentPrograms(agents: Command, site: CommandSite): void {
  const installed = agents
    .command("installed", { isDefault: true })
    .description(
      "List agents that are programs, like Claude Code and Codex: which are found, how to install the others",
    )
    // Whatever is no command comes here, and is told so in its own words.
    .allowExcessArguments();
  act(installed, site, async ({ args, serai, show }) => {
    if (args.length > 0) throw new UsageFault(`There is no command "agents ${args[0]}"; see: serai agents --help`);
    const found = await serai.agentPrograms();
    show(found, (screen) => programsText(found, screen));
  });
}

const COLUMNS = [
  { title: "HARNESS" },
  { title: "AGENT" },
  { title: "VERSION" },
  { title: "PROGRAM", isFlexible: true },
] as const;

export function programsText({ data, isolation }: AgentProgramList, screen: Screen): string {
  const rows = data.map((program) => [program.harness, program.title, program.version ?? "", placeOf(program)]);
  const why = isolation.why === null ? "" : ` (${isolation.why})`;
  const held = isolation.kind === "none" ? `not isolated${why}` : `isolated by ${isolation.kind}`;
  return `${formatTable(COLUMNS, rows, screen)}\nThey run ${held}. Agents with a prompt of their own: serai agents list\n`;
}

function placeOf({ path, configured, missing, install }: AgentProgram): string {
  if (path === null) return configured ? (missing ?? "") : `not installed; on the server: ${install}`;
  return configured ? `${path} (configured)` : path;
}
