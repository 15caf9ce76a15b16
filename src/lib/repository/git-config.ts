/** The text of a git configuration file as git reads it, without what it includes from elsewhere. */

/** By `section.key` and `section.subsection.key`; sections and keys in lower case. The last of several counts. */
export function readGitConfig(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  let section = "";
  for (const line of text.replaceAll(/\\\r?\n/g, "").split(/\r?\n/)) {
    const header = /^\s*\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\](.*)$/.exec(line);
    if (header !== null) section = sectionOf(header[1] ?? "", header[2]);
    const entry = /^\s*([a-zA-Z][\w-]*)\s*(?:=(.*))?$/.exec(header === null ? line : (header[3] ?? ""));
    if (entry === null || section === "") continue;
    // A key alone is true.
    values.set(`${section}.${(entry[1] ?? "").toLowerCase()}`, entry[2] === undefined ? "true" : valueOf(entry[2]));
  }
  return values;
}

function sectionOf(name: string, subsection: string | undefined): string {
  const lower = name.toLowerCase();
  return subsection === undefined ? lower : `${lower}.${subsection.replaceAll(/\\(.)/g, "$1")}`;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", b: "\b" };

/** Quotes may begin anywhere; a comment begins outside of them. */
function valueOf(text: string): string {
  let value = "";
  let isQuoted = false;
  let keep = 0;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at] ?? "";
    if (sign === '"') isQuoted = !isQuoted;
    else if (sign === "\\") {
      const next = text[++at] ?? "";
      value += ESCAPES[next] ?? next;
    } else if (!isQuoted && (sign === "#" || sign === ";")) break;
    else if (value !== "" || isQuoted || !/\s/.test(sign)) value += sign;
    // What stands in quotes is kept to its last space.
    if (isQuoted || (sign !== '"' && !/\s/.test(sign))) keep = value.length;
  }
  return value.slice(0, keep);
}

export function isTrue(value: string | undefined): boolean {
  return value !== undefined && /^(?:true|yes|on|[1-9]\d*)$/i.test(value);
}
