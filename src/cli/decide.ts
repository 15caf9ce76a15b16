/** `serai decide`, `serai decisions`: what the team's agents should know. */
import type { Command } from "commander";
import type { Decision } from "../client/team-shapes.ts";
import { formatAge } from "./figures.ts";
import { act, argument } from "./invocation.ts";
import type { CommandSite, Invocation } from "./invocation.ts";
import { findSession } from "./lookup.ts";
import { collect, wholeNumber } from "./options.ts";
import { plain, plainLine } from "./screen.ts";
import type { Screen } from "./screen.ts";

interface DecideFlags {
  readonly why?: string;
  readonly file?: readonly string[];
  readonly tag?: readonly string[];
  readonly supersedes?: string;
  readonly session?: string;
}

interface FindFlags {
  readonly file?: string;
  readonly tag?: string;
  readonly limit?: number;
}

export function addDecide(program: Command, site: CommandSite): void {
  const decide = program
    .command("decide")
    .description("Record a decision that every agent is told of")
    .argument("<text>", "the decision in one sentence")
    .option("--why <text>", "why it was made")
    .option("-f, --file <path>", "what it is about, from the top of the repository; again for more", collect)
    .option("-t, --tag <word>", "to find it by; again for more", collect)
    .option("--supersedes <decision>", "the id of the one whose place it takes")
    .option("--session <id>", "whose agent decided (an id, or last)");
  act<DecideFlags>(decide, site, record);
  const decisions = program
    .command("decisions")
    .description("Show decisions: the newest, or those that fit")
    .argument("[query]", "words, any of which may fit")
    .option("-f, --file <path>", "about this file or directory")
    .option("-t, --tag <word>", "with this tag")
    .option("--limit <count>", "how many", wholeNumber(1, 100), 20);
  act<FindFlags>(decisions, site, find);
}

async function record(call: Invocation<DecideFlags>): Promise<void> {
  const { serai, flags } = call;
  const { why, file, tag, supersedes, session } = flags;
  const decision = await serai.decisions.record({
    title: argument(call, 0),
    ...(why === undefined ? {} : { rationale: why }),
    ...(file === undefined ? {} : { files: [...file] }),
    ...(tag === undefined ? {} : { tags: [...tag] }),
    ...(supersedes === undefined ? {} : { supersedes }),
    ...(session === undefined ? {} : { sessionId: await findSession(serai, session) }),
  });
  call.show(decision, () => `${decision.id}\n`);
}

async function find(call: Invocation<FindFlags>): Promise<void> {
  const { serai, flags, args, shell } = call;
  const { file, tag, limit = 20 } = flags;
  const [query] = args;
  const filters = { ...(file === undefined ? {} : { file }), ...(tag === undefined ? {} : { tag }) };
  const isSearch = query !== undefined && file === undefined && tag === undefined;
  const data = isSearch
    ? await serai.decisions.search(query, limit)
    : (await serai.decisions.list({ ...filters, limit, ...(query === undefined ? {} : { q: query }) })).data;
  call.show({ data }, (screen) => decisionsText(data, screen, shell.now()));
}

function decisionsText(decisions: readonly Decision[], screen: Screen, nowMs: number): string {
  if (decisions.length === 0) return "No decision fits\n";
  return decisions.map((decision) => decisionText(decision, screen, nowMs)).join("\n");
}

function decisionText(decision: Decision, { paintOut }: Screen, nowMs: number): string {
  const { title, rationale, files, tags, madeByName, createdAt, isStale, supersededBy, id } = decision;
  const state =
    supersededBy === null
      ? isStale
        ? paintOut("yellow", " (may be out of date)")
        : ""
      : paintOut("dim", " (superseded)");
  const about = [madeByName ?? "", formatAge(createdAt, nowMs), ...files, ...tags.map((tag) => `#${tag}`), id];
  const why = plain(rationale).trim();
  return [
    paintOut("bold", plainLine(title)) + state,
    ...(why === "" ? [] : why.split("\n").map((line) => `  ${line}`)),
    paintOut(
      "dim",
      `  ${about
        .filter((part) => part !== "")
        .map(plainLine)
        .join(" · ")}`,
    ),
    "",
  ].join("\n");
}
