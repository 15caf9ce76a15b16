/** From what a person types (a name, `last`) to the id of the thing; an id is taken as it is. */
import type { Serai } from "../client/serai.ts";
import type { Agent, CreateSession, Harness, Model, Provider } from "../client/shapes.ts";
import { CommandFault, UsageFault } from "./faults.ts";

interface Page<Item> {
  readonly data: readonly Item[];
  readonly total: number;
}

const PAGE = 100;

export async function everyItem<Item>(
  list: (query: { readonly offset: number; readonly limit: number }) => Promise<Page<Item>>,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (;;) {
    const { data, total } = await list({ offset: items.length, limit: PAGE });
    items.push(...data);
    if (data.length === 0 || items.length >= total) return items;
  }
}

function isId(text: string, prefixes: string): boolean {
  return new RegExp(`^(?:${prefixes})_[0-9a-f]{32}$`).test(text);
}

/** The most recently active session is `last`. */
export async function findSession(serai: Serai, text: string): Promise<string> {
  if (text.trim() === "") throw new UsageFault("The session is empty; give its id, or last");
  if (text !== "last") return text;
  const { data } = await serai.sessions.list({ order: "last_activity", limit: 1 });
  const [session] = data;
  if (session === undefined) throw new CommandFault('There is no session yet; make one with: serai run "…"');
  return session.id;
}

export async function findAgent(serai: Serai, text: string): Promise<string> {
  if (isId(text, "agt|agent")) return text;
  const agents = await everyItem<Agent>((query) => serai.agents.list(query));
  const found = agents.find(({ name }) => name === text);
  if (found !== undefined) return found.id;
  throw new CommandFault(`There is no agent "${text}"${namesOf(agents.map(({ name }) => name))}`);
}

export async function findModel(serai: Serai, text: string): Promise<string> {
  if (isId(text, "mod|model")) return text;
  const models = await everyItem<Model>((query) => serai.models.list(query));
  const found = models.filter(({ modelId, displayName }) => modelId === text || displayName === text);
  const [first] = found;
  if (first !== undefined && found.length === 1) return first.id;
  if (first === undefined) {
    throw new CommandFault(`There is no model "${text}"${namesOf(models.map(({ modelId }) => modelId))}`);
  }
  throw new CommandFault(`Several models are called "${text}"; give an id: ${found.map(({ id }) => id).join(", ")}`);
}

export async function findProvider(serai: Serai, text: string): Promise<string> {
  if (isId(text, "prv|provider")) return text;
  const providers = await everyItem<Provider>((query) => serai.providers.list(query));
  const found = providers.find(({ name }) => name === text);
  if (found !== undefined) return found.id;
  throw new CommandFault(`There is no provider "${text}"${namesOf(providers.map(({ name }) => name))}`);
}

/** As sessions call what carries out their turns. */
export const programs = [
  "hosted",
  "claude-code",
  "codex",
  "gemini",
  "opencode",
  "pi",
] as const satisfies readonly NonNullable<CreateSession["harness"]>[];

const FIRST_AGENT = "assistant";
const GENERIC_HARNESS = "generic";

/** Who works when nobody is named: the agent a workspace begins with, else the only one, else the plain harness. */
export async function usualWorker(
  serai: Serai,
): Promise<{ readonly agentId: string } | { readonly harnessId: string }> {
  const agents = await everyItem<Agent>((query) => serai.agents.list(query));
  const usual = agents.find(({ name }) => name === FIRST_AGENT) ?? (agents.length === 1 ? agents[0] : undefined);
  if (usual !== undefined) return { agentId: usual.id };
  if (agents.length > 0)
    throw new CommandFault(`Say who is to work with --agent${namesOf(agents.map(({ name }) => name))}`);
  const harnesses = await everyItem<Harness>((query) => serai.harnesses.list(query));
  const generic = harnesses.find(({ name }) => name === GENERIC_HARNESS);
  if (generic !== undefined) return { harnessId: generic.id };
  throw new CommandFault("There is no agent to work; make one with: serai agents create");
}

/** A program by its name, a harness by its id, a project with what it has for who works. */
export async function chosenPlace(
  serai: Serai,
  { project, harness }: { readonly project?: string; readonly harness?: string },
): Promise<Pick<CreateSession, "projectId" | "harness" | "harnessId" | "agentId">> {
  const where = project === undefined ? {} : { projectId: project };
  const program = programs.find((name) => name === harness);
  if (program !== undefined) return { ...where, harness: program };
  if (harness !== undefined) return { ...where, harnessId: harness };
  return project === undefined ? usualWorker(serai) : where;
}

const MOST_NAMED = 12;

function namesOf(names: readonly string[]): string {
  if (names.length === 0) return "";
  const more = names.length > MOST_NAMED ? `, … (${names.length} in all)` : "";
  return `; there is ${names.slice(0, MOST_NAMED).join(", ")}${more}`;
}
