/**
 * The text of a briefing: what an agent is told of the others as it begins. Sections without anything are left out; with
 * none left it says so. It is never longer than what IDEs pass on: whole lines are left out, and each section says how
 * many.
 */

export interface BriefedAgent {
  /** Of the user. */
  readonly name: string;
  /** Of the agent, in people's words. */
  readonly agent: string;
  readonly branch: string | null;
  readonly task: string | null;
}

export interface BriefedFile {
  readonly path: string;
  readonly holder: string;
  /** Where it is not the reader's own. */
  readonly branch: string | null;
}

export interface BriefedDecision {
  readonly title: string;
  readonly by: string;
  readonly ageMs: number;
  readonly isStale: boolean;
}

export interface BriefedConvention {
  readonly title: string;
  readonly rationale: string;
  readonly globs: readonly string[];
}

export interface BriefingFacts {
  readonly agents: readonly BriefedAgent[];
  readonly locked: readonly BriefedFile[];
  readonly decisions: readonly BriefedDecision[];
  readonly musts: readonly BriefedConvention[];
  /** What the reader's own earlier work still holds. */
  readonly leftovers: readonly { readonly path: string; readonly leftMs: number }[];
  /** Files that several hold at once, on branches or in trees of their own. */
  readonly conflicts: readonly { readonly path: string; readonly holders: readonly string[] }[];
  readonly messages: readonly string[];
}

export const noFacts: BriefingFacts = {
  agents: [],
  locked: [],
  decisions: [],
  musts: [],
  leftovers: [],
  conflicts: [],
  messages: [],
};

export const NOBODY = "No other agents are active.";
export const MAX_BRIEFING = 8_000;
/** A task or a path may be long; a line is to be read. */
const MAX_LINE = 300;

interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

export function renderBriefing(facts: BriefingFacts): string {
  const sections = sectionsOf(facts).filter(({ lines }) => lines.length > 0);
  return sections.length === 0 ? NOBODY : fitSections("Team briefing:", sections);
}

/** What changed, in the order in which it happened. */
export function renderNews(lines: readonly string[]): string | null {
  return lines.length === 0 ? null : fitSections("Team news:", [{ title: "Since you were last told", lines }]);
}

function sectionsOf(facts: BriefingFacts): readonly Section[] {
  return [
    { title: "Active agents", lines: facts.agents.map(agentLine) },
    { title: "Locked files", lines: facts.locked.map(fileLine) },
    { title: "Recent decisions", lines: facts.decisions.map(decisionLine) },
    { title: "Conventions that are a must", lines: facts.musts.map(conventionLine) },
    {
      title: "Still locked by your earlier work",
      lines: facts.leftovers.map(({ path, leftMs }) => `${path} (${minutes(leftMs)} min remaining)`),
    },
    {
      title: "Held on several branches at once",
      lines: facts.conflicts.map(({ path, holders }) => `${path} (${holders.join("; ")})`),
    },
    { title: "Messages", lines: facts.messages },
  ];
}

export function agentLine({ name, agent, branch, task }: BriefedAgent): string {
  const where = branch === null ? "" : ` on ${branch}`;
  return `${name} (${agent})${where}${task === null || task === "" ? "" : `: ${task}`}`;
}

function fileLine({ path, holder, branch }: BriefedFile): string {
  return `${path} (${holder}${branch === null ? "" : `, on ${branch}`})`;
}

function decisionLine({ title, by, ageMs, isStale }: BriefedDecision): string {
  return `${title} (${by}, ${agoWords(ageMs)}${isStale ? "; its files have changed much since" : ""})`;
}

function conventionLine({ title, rationale, globs }: BriefedConvention): string {
  const where = globs.length === 0 ? "" : ` (${globs.join(", ")})`;
  return `${title}${where}${rationale === "" ? "" : `: ${rationale}`}`;
}

function minutes(ms: number): number {
  return Math.max(1, Math.ceil(ms / 60_000));
}

/** "5 min ago", as people say it. */
export function agoWords(ms: number): string {
  const passed = Math.floor(ms / 60_000);
  if (passed < 1) return "just now";
  if (passed < 60) return `${passed} min ago`;
  if (passed < 48 * 60) return `${Math.floor(passed / 60)} h ago`;
  return `${Math.floor(passed / (24 * 60))} days ago`;
}

/** One line of a list: no line breaks, not too long. */
function itemOf(text: string): string {
  const flat = text.replaceAll(/\s+/g, " ").trim();
  return ` - ${flat.length <= MAX_LINE ? flat : `${flat.slice(0, MAX_LINE - 1).toWellFormed()}…`}`;
}

interface Fitting {
  readonly title: string;
  readonly kept: string[];
  leftOut: number;
}

/** The section that takes most room gives up its last line, until all fit. */
function fitSections(heading: string, sections: readonly Section[]): string {
  const fitting = sections.map(({ title, lines }): Fitting => ({ title, kept: lines.map(itemOf), leftOut: 0 }));
  const sizes = fitting.map(sizeOf);
  let total = heading.length + sizes.reduce((sum, size) => sum + size + 2, 0);
  while (total > MAX_BRIEFING) {
    const largest = sizes.indexOf(Math.max(...sizes));
    const section = fitting[largest];
    if (section === undefined || section.kept.pop() === undefined) break;
    section.leftOut++;
    const size = sizeOf(section);
    total += size - (sizes[largest] ?? 0);
    sizes[largest] = size;
  }
  return [heading, ...fitting.map(textOf)].join("\n\n");
}

function textOf({ title, kept, leftOut }: Fitting): string {
  return [`${title}:`, ...kept, ...(leftOut === 0 ? [] : [` - … and ${leftOut} more`])].join("\n");
}

function sizeOf(section: Fitting): number {
  return textOf(section).length;
}
