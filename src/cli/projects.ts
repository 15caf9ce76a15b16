/** `serai projects …`: the repositories that sessions work in. */
import { basename, resolve } from "node:path";
import type { Command } from "commander";
import type { EditProject, Project } from "../client/shapes.ts";
import { UsageFault } from "./faults.ts";
import { act, argument } from "./invocation.ts";
import type { CommandSite, Invocation } from "./invocation.ts";
import { everyItem, programs } from "./lookup.ts";
import { collect } from "./options.ts";
import { formatFacts, formatTable } from "./table.ts";
import type { Screen } from "./screen.ts";

interface ProjectFlags {
  readonly name?: string;
  readonly branch?: string;
  readonly harness?: string;
  readonly agent?: string;
  readonly rules?: string;
  readonly setup?: readonly string[];
  readonly copy?: readonly string[];
  readonly maxSessions?: string;
  readonly budgetUsd?: string;
  readonly budgetTokens?: string;
}

const EXAMPLES = `
Examples:
  $ serai projects add .
  $ serai projects add . --harness claude-code --setup "npm ci" --copy .env
  $ serai projects add https://github.com/org/app.git --name app --budget-usd 20
`;

export function addProjects(program: Command, site: CommandSite): void {
  const projects = program.command("projects").description("Projects: repositories that sessions work in");
  projects.addHelpText("after", EXAMPLES);
  const add = projects.command("add").description("Add a repository; its slug is the output");
  act<ProjectFlags>(withOptions(add.argument("<place>", "a folder of this machine, or a URL")), site, addOne);
  act(projects.command("list").description("List projects"), site, async ({ serai, show }) => {
    const data = await everyItem<Project>((query) => serai.projects.list(query));
    show({ data, total: data.length }, (screen) => listText(data, screen));
  });
  const get = projects.command("get").description("Show a project").argument("<project>", "its slug or id");
  act(get, site, async (call) => {
    const project = await call.serai.projects.get(argument(call, 0));
    call.show(project, (screen) => factsText(project, screen));
  });
  const edit = projects.command("edit").description("Change a project").argument("<project>", "its slug or id");
  act<ProjectFlags>(withOptions(edit), site, async (call) => {
    const project = await call.serai.projects.update(argument(call, 0), changeOf(call.flags));
    call.show(project, (screen) => factsText(project, screen));
  });
  const remove = projects.command("remove").description("Remove a project; the repository stays as it is");
  act(remove.argument("<project>", "its slug or id"), site, async (call) => {
    const project = argument(call, 0);
    await call.serai.projects.delete(project);
    call.show({ project, removed: true }, () => `Removed ${project}\n`);
  });
}

function withOptions(command: Command): Command {
  return command
    .option("--name <slug>", "how it is called; otherwise as its folder")
    .option("--branch <name>", "from which branch work begins, if not the usual one")
    .option("--harness <name>", "who works when nobody is named: claude-code, codex, gemini, opencode, pi, hosted")
    .option("--agent <id>", "the agent that works when none is named")
    .option("--rules <text>", "for every agent that works in it")
    .option("--setup <command>", "run in each new checkout; repeatable", collect)
    .option("--copy <glob>", "files that git does not know, copied to each new checkout; repeatable", collect)
    .option("--max-sessions <count>", "turns of its agents at once")
    .option("--budget-usd <dollars>", "all that its sessions may spend")
    .option("--budget-tokens <count>", "all the tokens that its sessions may use")
    .addHelpText("after", EXAMPLES);
}

const IS_URL = /^[a-z]+:\/\/|^[\w.-]+@[\w.-]+:/;

async function addOne(call: Invocation<ProjectFlags>): Promise<void> {
  const { flags, serai, shell } = call;
  const place = argument(call, 0);
  const isUrl = IS_URL.test(place);
  const where = isUrl ? { url: place } : { path: resolve(shell.cwd, place) };
  const usual = slugOf(basename(isUrl ? place.replace(/\.git$/, "") : resolve(shell.cwd, place)));
  const { name = usual, ...change } = changeOf(flags);
  if (name === "") throw new UsageFault("Say how the project is called with --name");
  const project = await serai.projects.create({ ...where, ...definedOf(change), name });
  call.show(project, () => `${project.name}\n`);
}

function slugOf(folder: string): string {
  return folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 64);
}

/** The members that a making takes too: an edit's `status` is none of them. */
function definedOf({ status: _, ...change }: EditProject): Omit<EditProject, "status" | "name"> {
  return change;
}

function changeOf(flags: ProjectFlags): EditProject {
  const { name, branch, harness, agent, rules, setup, copy, maxSessions } = flags;
  return {
    ...(name === undefined ? {} : { name }),
    ...(branch === undefined ? {} : { defaultBranch: branch }),
    ...(harness === undefined ? {} : { defaultHarness: harnessOf(harness) }),
    ...(agent === undefined ? {} : { defaultAgentId: agent }),
    ...(rules === undefined ? {} : { rules }),
    ...(setup === undefined ? {} : { setup }),
    ...(copy === undefined ? {} : { copyFiles: copy }),
    ...(maxSessions === undefined ? {} : { maxSessions: numberOf(maxSessions, "--max-sessions") }),
    ...budgetOf(flags),
  };
}

function budgetOf({ budgetUsd, budgetTokens }: ProjectFlags): Pick<EditProject, "budget"> {
  if (budgetUsd === undefined && budgetTokens === undefined) return {};
  return {
    budget: {
      ...(budgetUsd === undefined ? {} : { usd: numberOf(budgetUsd, "--budget-usd") }),
      ...(budgetTokens === undefined ? {} : { tokens: numberOf(budgetTokens, "--budget-tokens") }),
    },
  };
}

function harnessOf(text: string): NonNullable<EditProject["defaultHarness"]> {
  const found = programs.find((name) => name === text);
  if (found === undefined) throw new UsageFault(`There is no harness "${text}"; there is ${programs.join(", ")}`);
  return found;
}

function numberOf(text: string, flag: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new UsageFault(`${flag} takes a number, not "${text}"`);
  return value;
}

function listText(projects: readonly Project[], screen: Screen): string {
  if (projects.length === 0) return "No projects; add one with: serai projects add .\n";
  const columns = [
    { title: "PROJECT" },
    { title: "REPOSITORY", isFlexible: true },
    { title: "BRANCH" },
    { title: "AGENT" },
  ];
  const rows = projects.map((project) => [
    project.name,
    project.path ?? project.url ?? "",
    project.defaultBranch ?? "",
    project.defaultHarness ?? project.defaultAgentId ?? "",
  ]);
  return formatTable(columns, rows, screen);
}

function factsText(project: Project, screen: Screen): string {
  return formatFacts(
    [
      ["project", project.name],
      ["id", project.id],
      ["status", project.status],
      ["repository", project.path ?? project.url],
      ["branch", project.defaultBranch],
      ["agent", project.defaultHarness ?? project.defaultAgentId],
      ["setup", project.setup.join("; ")],
      ["copied files", project.copyFiles.join(" ")],
      ["at once", project.maxSessions === null ? null : String(project.maxSessions)],
      ["budget", budgetText(project)],
    ],
    screen,
  );
}

function budgetText({ budget, spent }: Project): string | null {
  if (budget === null) return null;
  const { usd = null, tokens = null } = budget;
  const parts = [
    usd === null ? null : `${spent.usd.toFixed(2)} of ${usd.toFixed(2)} usd`,
    tokens === null ? null : `${spent.tokens} of ${tokens} tokens`,
  ];
  return parts.filter((part) => part !== null).join(", ");
}
