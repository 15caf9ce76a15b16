/** `serai agents …`: who works. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { Option } from "commander";
import type { Agent } from "../client/shapes.ts";
import { addAgentPrograms } from "./agent-programs.ts";
import { UsageFault } from "./faults.ts";
import { act, argument } from "./invocation.ts";
import type { CommandSite, Invocation } from "./invocation.ts";
import { everyItem, findAgent, findModel } from "./lookup.ts";
import { collect } from "./options.ts";
import { plain } from "./screen.ts";
import type { Screen } from "./screen.ts";
import { formatFacts, formatTable } from "./table.ts";

interface CreateFlags {
  readonly prompt?: string;
  readonly promptFile?: string;
  readonly model?: string;
  readonly capability?: readonly string[];
  readonly description?: string;
}

const EXAMPLES = `
Examples:
  $ serai agents
  $ serai agents create reviewer --prompt "Review what you are given, strictly." --capability session_file_system
  $ serai agents create writer --prompt-file writer.md --model claude-sonnet-5-5
`;

export function addAgents(program: Command, site: CommandSite): void {
  const agents = program.command("agents").description("Agents: who works").addHelpText("after", EXAMPLES);
  addAgentPrograms(agents, site);
  act(
    agents.command("list").description("List agents: prompts, models and what they can do"),
    site,
    async ({ serai, show }) => {
      const data = await everyItem<Agent>((query) => serai.agents.list(query));
      show({ data, total: data.length }, (screen) => listText(data, screen));
    },
  );
  const get = agents.command("get").description("Show an agent").argument("<agent>", "its name or id");
  act(get, site, async (call) => {
    const agent = await call.serai.agents.get(await findAgent(call.serai, argument(call, 0)));
    call.show(agent, (screen) => factsText(agent, screen));
  });
  const create = agents
    .command("create")
    .description("Make an agent; its id is the output")
    .argument("<name>", "how you call it")
    .option("--prompt <text>", "what it is and how it works")
    .addOption(new Option("--prompt-file <path>", "the same from a file").conflicts("prompt"))
    .option("-m, --model <name>", "with which model, if not the usual one")
    .option("-c, --capability <ref>", "what it can do; repeatable (see GET /api/v1/capabilities)", collect)
    .option("--description <text>", "for people")
    .addHelpText("after", EXAMPLES);
  act<CreateFlags>(create, site, createOne);
  const remove = agents.command("delete").description("Archive an agent; sessions that have it keep it");
  act(remove.argument("<agent>", "its name or id"), site, async (call) => {
    const id = await findAgent(call.serai, argument(call, 0));
    await call.serai.agents.delete(id);
    call.show({ id, deleted: true }, () => `Archived ${id}\n`);
  });
}

async function createOne(call: Invocation<CreateFlags>): Promise<void> {
  const { serai, flags } = call;
  const { capability, model, description } = flags;
  const agent = await serai.agents.create({
    name: argument(call, 0),
    systemPrompt: readPrompt(call),
    ...(model === undefined ? {} : { defaultModelId: await findModel(serai, model) }),
    ...(capability === undefined ? {} : { capabilities: capability.map((ref) => ({ ref })) }),
    ...(description === undefined ? {} : { description }),
  });
  call.show(agent, () => `${agent.id}\n`);
}

function readPrompt({ flags, shell }: Invocation<CreateFlags>): string {
  if (flags.prompt !== undefined) return flags.prompt;
  if (flags.promptFile === undefined) throw new UsageFault("Say what the agent is with --prompt or --prompt-file");
  const path = resolve(shell.cwd, flags.promptFile);
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new UsageFault(`Cannot read "${path}"`, { cause });
  }
}

function listText(agents: readonly Agent[], screen: Screen): string {
  if (agents.length === 0) return "No agents; make one with: serai agents create\n";
  const columns = [
    { title: "ID" },
    { title: "NAME" },
    { title: "DESCRIPTION", isFlexible: true },
    { title: "CAPABILITIES" },
  ];
  const rows = agents.map(({ id, name, description, capabilities }) => [
    id,
    name,
    description ?? "",
    capabilities.map(({ ref }) => ref).join(" "),
  ]);
  return formatTable(columns, rows, screen);
}

function factsText(agent: Agent, screen: Screen): string {
  const facts = formatFacts(
    [
      ["id", agent.id],
      ["name", agent.name],
      ["status", agent.status],
      ["description", agent.description],
      ["model", agent.defaultModelId],
      ["harness", agent.harnessId],
      ["capabilities", agent.capabilities.map(({ ref }) => ref).join(", ")],
      ["created", agent.createdAt],
    ],
    screen,
  );
  return `${facts}\n${plain(agent.systemPrompt).trimEnd()}\n`;
}
