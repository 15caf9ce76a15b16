/**
 * The file that a hook's curl reads its server and key from, so that neither is in an environment or a command line.
 *
 * Invariant: one server, one file, readable only for its owner. The first line is a comment for the shell, which takes the
 * address from it; the rest is curl's own configuration.
 */
import { refuse } from "./text-edits.ts";
import type { Outcome } from "./text-edits.ts";

export interface ServerFile {
  readonly url: string;
  readonly key: string;
  readonly hostId: string;
}

/** As hooks name the server: what a file name and a command line carry without quotes. */
export function serverNameOf(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  const scheme = protocol === "https:" ? "" : "http-";
  return `${scheme}${host}${pathname}`.replaceAll(/[^\w.-]+/g, "_").replaceAll(/^_+|_+$/g, "");
}

/** Without a slash at its end, an account or a query. */
export function readServerUrl(text: string): Outcome<string> {
  if (!URL.canParse(text)) return refuse(`"${text}" is no address of a server; it looks like http://127.0.0.1:7080`);
  const { protocol, origin, pathname, username, password } = new URL(text);
  if (protocol !== "http:" && protocol !== "https:") return refuse(`"${text}" is neither http nor https`);
  if (username !== "" || password !== "")
    return refuse("The address of a server has no account in it; give the key with --key");
  return { ok: true, value: `${origin}${pathname.replace(/\/+$/, "")}` };
}

export function serverFileText({ url, key, hostId }: ServerFile): string {
  const { protocol, hostname } = new URL(url);
  const isHere = hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
  const lines = [
    `# url ${url}`,
    "# Made by: serai hooks install. It holds a key; it is for nobody else to read.",
    "silent",
    "show-error",
    `proto = "=${protocol.slice(0, -1)}"`,
    "suppress-connect-headers",
    ...(isHere ? ['noproxy = "*"'] : []),
    'header = "Content-Type: application/json"',
    'header = "Expect:"',
    `header = "Authorization: Bearer ${quotable(key)}"`,
    `header = "X-Serai-Host: ${quotable(hostId)}"`,
  ];
  return `${lines.join("\n")}\n`;
}

export function readServerFile(text: string): ServerFile | null {
  const url = /^# url (\S+)$/m.exec(text)?.[1];
  const key = /^header = "Authorization: Bearer ([^"]*)"$/m.exec(text)?.[1];
  const hostId = /^header = "X-Serai-Host: ([^"]*)"$/m.exec(text)?.[1];
  if (url === undefined || key === undefined || hostId === undefined) return null;
  return { url, key, hostId };
}

function quotable(text: string): string {
  if (/^[\x21-\x7E]+$/.test(text) && !/["\\]/.test(text)) return text;
  throw new Error("A key that curl could not read in its file; keys have neither spaces, quotes nor backslashes");
}
