/**
 * Programs in other languages that stand in a command: best effort. What they name for writing is taken, and whatever they
 * may do besides keeps the whole uncertain.
 */
import { readArguments } from "./arguments.ts";
import type { Call } from "./call.ts";

type Language = "python" | "node" | "perl" | "ruby";

export const interpreters: ReadonlyMap<string, Language> = new Map([
  ["python", "python"],
  ["python3", "python"],
  ["python2", "python"],
  ["node", "node"],
  ["bun", "node"],
  ["deno", "node"],
  ["perl", "perl"],
  ["ruby", "ruby"],
]);

const TEXT = String.raw`(?:[rub]{0,2}"([^"\\\n]{1,500})"|[rub]{0,2}'([^'\\\n]{1,500})')`;
const call = (names: string) => new RegExp(String.raw`\b(?:${names})\s*\(\s*${TEXT}`, "g");
const MODE = String.raw`\s*,\s*(?:mode\s*=\s*)?["'](?:[rb+]*[wax][tb+]*|rb?\+b?)["']`;

const PATTERNS: Readonly<Record<Language, readonly RegExp[]>> = {
  python: [
    new RegExp(String.raw`\bopen\s*\(\s*${TEXT}${MODE}`, "g"),
    new RegExp(String.raw`\bPath\s*\(\s*${TEXT}\s*\)\s*\.(?:write_text|write_bytes|unlink|touch|rename)\b`, "g"),
    call(String.raw`os\.(?:remove|unlink|rename|replace|truncate)|shutil\.(?:rmtree|move)`),
  ],
  node: [call("(?:writeFile|appendFile|unlink|rm|truncate|createWriteStream|rename)(?:Sync)?")],
  perl: [new RegExp(String.raw`\bopen\s*\(?[^,;\n]{1,100},\s*["']\+?>>?[^"']{0,20}["']\s*,\s*${TEXT}`, "g")],
  ruby: [call(String.raw`File\.(?:write|delete|unlink)`)],
};

export function scriptWrites({ name, args, place, found, stdin }: Call): void {
  const language = interpreters.get(name);
  if (language === undefined) return;
  const isVersion = args.length === 1 && (args[0] === "--version" || args[0] === "-V");
  if (isVersion) return;
  found.doubt();
  const { options, values, operands } = readArguments(args, ["-c", "-e", "--eval", "-m", "-p"].filter(isFor(language)));
  const code = values.get("-c") ?? values.get("-e") ?? values.get("--eval") ?? (isRead(operands) ? stdin : undefined);
  for (const path of code === undefined ? [] : pathsIn(code, PATTERNS[language])) found.write(path, place);
  if (options.has("-i") && (language === "perl" || language === "ruby")) {
    for (const operand of values.has("-e") ? operands : operands.slice(1)) found.write(operand, place);
  }
}

/** `perl -p` prints, `node -p` takes the program. */
function isFor(language: Language): (option: string) => boolean {
  if (language === "perl" || language === "ruby") return (option) => option === "-e";
  return (option) => option !== "-p" || language === "node";
}

function isRead(operands: readonly (string | undefined)[]): boolean {
  return operands.length === 0 || operands[0] === "-";
}

function pathsIn(code: string, patterns: readonly RegExp[]): readonly string[] {
  return patterns.flatMap((pattern) =>
    [...code.matchAll(pattern)].flatMap(([, double, single]) => double ?? single ?? []),
  );
}
