/** `serai mcp`: a server of the Model Context Protocol on standard input and output, for agents that start one. */
import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { hooksFolderOf } from "../install/places.ts";
import { hostIdOf } from "../install/scripts.ts";
import { headerText, readTreeFacts, treeHeaders } from "../install/tree-facts.ts";
import { findConnection } from "./connect.ts";
import { CommandFault } from "./faults.ts";
import { placeOf } from "./hook-access.ts";
import { act } from "./invocation.ts";
import type { CommandSite, Invocation } from "./invocation.ts";
import { pipeMcp } from "./mcp-pipe.ts";

interface McpFlags {
  readonly session?: string;
}

const HELP = `
Add it to an agent:
  $ claude mcp add serai -- serai mcp
  $ codex mcp add serai -- serai mcp
  $ gemini mcp add serai serai mcp
  Cursor, in ~/.cursor/mcp.json: {"mcpServers": {"serai": {"command": "serai", "args": ["mcp"]}}}

An agent whose hooks report to the same server is the same agent here: it is found by the working tree.
`;

export function addMcp(program: Command, site: CommandSite): void {
  const command = program
    .command("mcp")
    .description("Give an agent the team's tools, over the Model Context Protocol on standard input and output")
    .option("--session <id>", "for which session it acts; else the agent at work in this folder")
    .addHelpText("after", HELP);
  act<McpFlags>(command, site, serveMcp);
}

async function serveMcp({ flags, shell }: Invocation<McpFlags>): Promise<void> {
  const host = hostIdOf(hooksFolderOf(placeOf(shell)));
  const own = {
    "X-Serai-Conversation": randomUUID(),
    ...(flags.session === undefined ? {} : { "X-Serai-Session": headerText(flags.session) }),
  };
  await pipeMcp(shell.inputLines(), {
    findServer() {
      const found = findConnection(flags, shell);
      if (found === null) throw new CommandFault("No Serai server is running here; start one with: serai serve");
      return found;
    },
    headers: async () => ({ ...treeHeaders(await readTreeFacts(shell.cwd), host), ...own }),
    write: (line) => shell.outBytes(Buffer.from(`${line}\n`)),
    note: (line) => shell.screen.note(`serai mcp: ${line}`),
  });
}
