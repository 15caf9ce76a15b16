/**
 * Holds sources against the tables of `rooms.ts` and answers with sentences, one for each violation.
 *
 * Never knows a room or a package by name; whoever wants another house changes the tables.
 */

import type { Edge, Sources } from "./edges.ts";
import { edgesOf } from "./edges.ts";
import { EMPTY_NAMES, MAX_LINES, MAY_BE_LONG, PACKAGES, PURE_ROOMS, ROOMS, SOURCE_RULES } from "./rooms.ts";

export async function violationsOf(sources: Sources): Promise<readonly string[]> {
  const edges = await edgesOf(sources);
  const files = [...sources];
  return [
    ...files.flatMap(([path]) => faultsOfName(path)),
    ...files.flatMap(([path, text]) => faultsOfText(path, text)),
    ...edges.flatMap((edge) => faultsOfEdge(edge, sources)),
    ...circlesOf(edges.filter((edge) => edge.kind === "file" && sources.has(edge.to))),
  ];
}

function faultsOfName(path: string): readonly string[] {
  const faults: string[] = [];
  if (roomOf(path) === undefined) faults.push(`${path} is in no known room`);
  if (EMPTY_NAMES.test(path)) faults.push(`${path} has a name that says nothing`);
  if (path.endsWith(".ts") && !/^[a-z0-9./-]+$/.test(path)) faults.push(`${path} is not in kebab-case`);
  return faults;
}

function faultsOfText(path: string, text: string): readonly string[] {
  if (!path.endsWith(".ts")) return [];
  const code = withoutCommentsAndStrings(text);
  const lines = text.trimEnd().split("\n").length;
  const faults = SOURCE_RULES.filter((rule) => isBelow(path, rule.place) && rule.pattern.test(code)).map(
    (rule) => `${path} ${rule.name}`,
  );
  if (lines > MAX_LINES && !MAY_BE_LONG.test(path)) faults.push(`${path} has ${lines} lines, ${MAX_LINES} is the wall`);
  return faults;
}

/** Contents only go where a line ends or a quote closes, so that a quote inside a RegExp can hide no more than its line. */
export function withoutCommentsAndStrings(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, (found) =>
    found.replace(/[^\n]/g, " "),
  );
}

function faultsOfEdge(edge: Edge, sources: Sources): readonly string[] {
  if (edge.kind === "computed") return [`${edge.from} imports a module whose name is computed`];
  if (edge.kind === "package") return faultsOfPackage(edge);
  if (edge.to.endsWith(".ts") && !sources.has(edge.to))
    return [`${edge.from} imports ${edge.to}, which does not exist`];
  const verb = edge.isTypeOnly ? "imports types of" : "imports";
  return mayImport(edge) ? [] : [`${edge.from} ${verb} ${edge.to}, which its room may not`];
}

function faultsOfPackage({ from, to }: Edge): readonly string[] {
  const row = Object.keys(PACKAGES).find(
    (name) => name === to || (name.endsWith("/*") && isBelow(to, name.slice(0, -2))),
  );
  if (row === undefined && to.startsWith("node:")) {
    return PURE_ROOMS.some((room) => isBelow(from, room)) ? [`${from} imports ${to}, and its room is pure`] : [];
  }
  if (row === undefined) return [`${from} imports package ${to}, which is in no row of the table`];
  const isAllowed = PACKAGES[row]?.some((place) => isBelow(from, place)) === true;
  return isAllowed ? [] : [`${from} imports package ${to}, which its room may not`];
}

function mayImport({ from, to, isTypeOnly }: Edge): boolean {
  const place = roomOf(from);
  const room = place === undefined ? undefined : ROOMS[place];
  if (room === undefined) return false;
  if (ownFolder(from) === ownFolder(to)) return true;
  const places = isTypeOnly ? [...room.mayImport, ...(room.mayImportTypesOf ?? [])] : room.mayImport;
  return places.some((allowed) => allowed === "*" || isBelow(to, allowed));
}

/** The row of the table: a file of its own before a folder, `doors/*` for each door. */
function roomOf(path: string): string | undefined {
  const [first = "", second = "", third] = path.split("/");
  if (path in ROOMS) return path;
  if (second === "") return undefined;
  if (first in ROOMS) return first;
  return third !== undefined && `${first}/*` in ROOMS ? `${first}/*` : undefined;
}

/** What counts as the same room: the top folder, or the door. */
function ownFolder(path: string): string {
  const [first = "", second = ""] = path.split("/");
  return `${first}/*` in ROOMS ? `${first}/${second}` : first;
}

/** `core/events` covers `core/events/turn.ts` and `core/events.ts`; "" covers everything. */
function isBelow(path: string, place: string): boolean {
  return place === "" || path === place || path === `${place}.ts` || path.startsWith(`${place}/`);
}

/** Each circle once, named by the way round from its first file in the alphabet. Type imports count: they too bind two files together. */
function circlesOf(edges: readonly Edge[]): readonly string[] {
  const next = Map.groupBy(edges, (edge) => edge.from);
  const circles = new Set<string>();
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    const start = way.indexOf(path);
    if (start !== -1) circles.add(nameOfCircle(way.slice(start)));
    if (start !== -1 || done.has(path)) return;
    for (const edge of next.get(path) ?? []) visit(edge.to, [...way, path]);
    done.add(path);
  };
  for (const path of next.keys()) visit(path, []);
  return [...circles].map((circle) => `${circle} is a circle`);
}

function nameOfCircle(way: readonly string[]): string {
  const first = way.indexOf(way.toSorted()[0] ?? "");
  const turned = [...way.slice(first), ...way.slice(0, first)];
  return [...turned, turned[0]].join(" → ");
}
