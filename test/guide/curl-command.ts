/**
 * The curl commands of the guide and of other pages as data: what is asked, under which headers, with which body. Knows the options that
 * they use and throws at any other, so that a command is never read as less than it says.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface CurlCommand {
  readonly method: string;
  readonly url: string;
  /** As they are written, in their order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: CurlBody | null;
}

export type CurlBody =
  | { readonly kind: "text"; readonly text: string }
  /** `--data-binary @data.csv` */
  | { readonly kind: "file"; readonly file: string }
  /** `-F name=value`, `-F name=@file` */
  | { readonly kind: "form"; readonly fields: readonly (readonly [name: string, value: string])[] };

const folder = join(import.meta.dirname, "curl");

/** The text of `curl/<name>.sh`, of the guide or of another page. */
export function readExample(name: string, from: string = folder): string {
  return readFileSync(join(from, `${name}.sh`), "utf8");
}

export function parseCurl(text: string): CurlCommand {
  const [program, ...words] = wordsOf(text);
  if (program !== "curl") throw new Error(`Not a curl command: ${text}`);
  let command: CurlCommand = { method: "GET", url: "", headers: [], body: null };
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (!word.startsWith("-")) command = { ...command, url: word };
    else command = withOption(command, word, words[(at += 1)] ?? "");
  }
  return command;
}

function withOption(command: CurlCommand, option: string, value: string): CurlCommand {
  switch (option) {
    case "-X":
    case "--request":
      return { ...command, method: value };
    case "--url":
      return { ...command, url: value };
    case "-H":
    case "--header":
      return { ...command, headers: [...command.headers, pairOf(value, ":")] };
    case "-d":
    case "--data":
      return { ...command, body: { kind: "text", text: value } };
    case "--data-binary":
      return { ...command, body: { kind: "file", file: value.replace(/^@/, "") } };
    case "-F":
      return { ...command, body: { kind: "form", fields: [...fieldsOf(command.body), pairOf(value, "=")] } };
    default:
      throw new Error(`No page has the option ${option}`);
  }
}

function fieldsOf(body: CurlBody | null): readonly (readonly [string, string])[] {
  return body?.kind === "form" ? body.fields : [];
}

function pairOf(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark);
  return [text.slice(0, at), text.slice(at + 1).trim()];
}

/** Words as a shell has them: quoted with ' or ", joined over lines that end in a backslash, without comments. */
function wordsOf(text: string): readonly string[] {
  const bare = text.replaceAll(/^#.*\n/gm, "").replaceAll("\\\n", " ");
  return [...bare.matchAll(/'([^']*)'|"([^"]*)"|([^\s'"]+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? "",
  );
}
