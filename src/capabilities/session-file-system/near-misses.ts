/**
 * Why a text was not found, for a model that remembers a file not quite as it is: where its lines stand when spaces do
 * not count, or else where its first line stands. Linear in the file and the text.
 */
import { cutUtf8 } from "../../lib/well-formed.ts";
import { countOf } from "../tool-results.ts";

const SHOWN_LINES = 20;
const SHOWN_BYTES = 4_000;
const SHOWN_NUMBERS = 5;

/** A sentence without its end, and the lines as they are. */
export function nearMisses(content: string, wanted: string): string {
  const wantedLines = trimmedLines(wanted);
  const start = wantedLines.map(squeeze).find((line) => line !== "");
  if (start === undefined) return "It is nothing but white space; read the file again";
  const lines = content.split(/\r?\n/);
  const places = placesOf(lines.map(squeeze), wantedLines.map(squeeze));
  const first = places[0];
  if (first !== undefined) {
    const there = lines.slice(first, first + Math.min(wantedLines.length, SHOWN_LINES)).join("\n");
    const shown = cutUtf8(there, SHOWN_BYTES);
    const where = `${countOf(places.length, "place")} would match if spaces did not count, at ${linesAt(places)}`;
    return `${where}. Repeat the call with the text as it is there:\n${shown}`;
  }
  const starts = lines.flatMap((line, index) => (squeeze(line) === start ? [index] : []));
  if (starts.length === 0) return "No line of it is where it begins either; read the file again";
  return `Its first line is at ${linesAt(starts)}, but what follows there is different; read the file again from there`;
}

function trimmedLines(text: string): readonly string[] {
  return text.replace(/^\s*\n|\n\s*$/g, "").split(/\r?\n/);
}

function squeeze(line: string): string {
  return line.replace(/\s+/g, " ").trim();
}

function linesAt(indexes: readonly number[]): string {
  const numbers = indexes.slice(0, SHOWN_NUMBERS).map((index) => index + 1);
  const more = indexes.length > SHOWN_NUMBERS ? " and others" : "";
  return `${numbers.length === 1 ? "line" : "lines"} ${numbers.join(", ")}${more}`;
}

/** Where a list of lines stands in another (Knuth, Morris and Pratt: no line is looked at twice for each place). */
function placesOf(lines: readonly string[], wanted: readonly string[]): readonly number[] {
  const fallback = fallbacksOf(wanted);
  const places: number[] = [];
  let matched = 0;
  for (const [index, line] of lines.entries()) {
    while (matched > 0 && line !== wanted[matched]) matched = fallback[matched - 1] ?? 0;
    if (line === wanted[matched]) matched++;
    if (matched < wanted.length) continue;
    places.push(index - wanted.length + 1);
    matched = 0;
  }
  return places;
}

function fallbacksOf(wanted: readonly string[]): readonly number[] {
  const fallback = [0];
  for (let index = 1, matched = 0; index < wanted.length; index++) {
    while (matched > 0 && wanted[index] !== wanted[matched]) matched = fallback[matched - 1] ?? 0;
    if (wanted[index] === wanted[matched]) matched++;
    fallback.push(matched);
  }
  return fallback;
}
