/**
 * Secrets in what leaves: where `{{secret.NAME}}` stands in a request, the value is filled in at the last moment, and only
 * for a host of the secret's own list.
 *
 * Invariant: the host of a request is what is written there; no placeholder can be part of it, and none is filled in for a
 * place that its list does not name. Refusals name secrets and never hold a value. Over an open line values go to this
 * machine alone.
 */
import { allowsHost } from "../core/network-rules.ts";
import type { OpenedSecret, SecretUse } from "../core/ports/tools.ts";

export interface Outgoing {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export type Filled =
  /** Nothing was to be filled in. */
  | { readonly kind: "plain" }
  | { readonly kind: "filled"; readonly request: Outgoing; readonly values: readonly string[] }
  | { readonly kind: "refused"; readonly detail: string };

const NAME = "[A-Za-z_][A-Za-z0-9_]{0,99}";
/** As it is written, and as a URL or a form spells it. */
const PLACEHOLDER = new RegExp(`\\{\\{secret\\.(${NAME})\\}\\}|%7B%7Bsecret\\.(${NAME})%7D%7D`, "gi");
const BASIC = /^basic\s+([A-Za-z0-9+/]+=*)\s*$/i;
/** What a header's value may hold; `fetch` would complain with the value in its words. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const THIS_MACHINE: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

export function placeholderOf(name: string): string {
  return `{{secret.${name}}}`;
}

export async function fillSecrets(given: Outgoing, secrets: SecretUse): Promise<Filled> {
  const request = { ...given, headers: withPlainBasic(given.headers) };
  const names = namesIn([request.url, request.body ?? "", ...Object.values(request.headers)]);
  if (names.length === 0) return { kind: "plain" };
  const opened = await secrets.open();
  const host = hostOf(request.url);
  if (host === undefined) return refused(`${placeholderOf(names[0] ?? "")} cannot be part of the address of a host`);
  const used: OpenedSecret[] = [];
  for (const name of names) {
    const secret = opened.find((each) => each.name === name);
    const refusal = secret === undefined ? await whyAbsent(secrets, name) : whyNot(secret, host);
    if (refusal !== undefined) return refused(refusal);
    if (secret !== undefined) used.push(secret);
  }
  return fill(request, used);
}

function refused(detail: string): Filled {
  return { kind: "refused", detail };
}

function namesIn(texts: readonly string[]): readonly string[] {
  const found = texts.flatMap((text) =>
    Array.from(text.matchAll(PLACEHOLDER), ([, plain, coded]) => plain ?? coded ?? ""),
  );
  return [...new Set(found)];
}

/** Nothing: it is no address, or a placeholder decides where it leads or who asks there. */
function hostOf(url: string): URL | undefined {
  const [one, other] = ["a", "b"].map((text) => URL.parse(url.replaceAll(PLACEHOLDER, text)));
  if (!one || !other || one.origin !== other.origin || one.origin === "null") return undefined;
  return one.username === other.username && one.password === other.password ? one : undefined;
}

async function whyAbsent(secrets: SecretUse, name: string): Promise<string> {
  const names = (await secrets.list()).map((each) => each.name);
  if (names.includes(name)) return `the secret ${name} was sealed under another key and has to be given again`;
  return `there is no secret ${name}; ${names.length === 0 ? "there are none" : `there are ${names.join(", ")}`}`;
}

function whyNot({ name, hosts }: OpenedSecret, { hostname, protocol }: URL): string | undefined {
  if (hosts.length === 0) return `the secret ${name} was given for no host, so it is sent nowhere`;
  if (!allowsHost([{ allowed: hosts, blocked: [] }], hostname))
    return `the secret ${name} may not be sent to ${hostname}; it is for ${hosts.join(", ")}`;
  if (protocol === "https:" || THIS_MACHINE.has(hostname)) return undefined;
  return `the secret ${name} is sent over https only`;
}

function fill({ url, headers, body }: Outgoing, used: readonly OpenedSecret[]): Filled {
  const values = new Map(used.map(({ name, value }) => [name, value]));
  const put = (text: string, encode: (value: string) => string) =>
    text.replaceAll(PLACEHOLDER, (_, plain: string | undefined, coded: string | undefined) => {
      const value = values.get(plain ?? coded ?? "") ?? "";
      return plain === undefined ? encodeURIComponent(value) : encode(value);
    });
  const filled = Object.entries(headers).map(([name, text]) => [name, withBasic(put(text, (value) => value))] as const);
  const wrong = filled.find(([, text]) => !HEADER_VALUE.test(text));
  if (wrong !== undefined) return refused(`a secret in the header ${wrong[0]} has characters that no header may have`);
  const isJson = Object.entries(headers).some(([name, text]) => /^content-type$/i.test(name) && /json/i.test(text));
  const inBody = isJson ? (value: string) => JSON.stringify(value).slice(1, -1) : (value: string) => value;
  const request = {
    url: put(url, encodeURIComponent),
    headers: Object.fromEntries(filled),
    body: body === null ? null : put(body, inBody),
  };
  return { kind: "filled", request, values: [...values.values()] };
}

/** `curl -u name:$TOKEN` has packed the placeholder away by then. It is unpacked here, and packed again with the value. */
const UNPACKED = "Basic \0";

function withPlainBasic(headers: Outgoing["headers"]): Outgoing["headers"] {
  const unpacked = Object.entries(headers).map(([name, text]) => {
    const pair = Buffer.from(BASIC.exec(text)?.[1] ?? "", "base64").toString("utf8");
    return [name, namesIn([pair]).length === 0 ? text : UNPACKED + pair] as const;
  });
  return Object.fromEntries(unpacked);
}

function withBasic(text: string): string {
  if (!text.startsWith(UNPACKED)) return text;
  return `Basic ${Buffer.from(text.slice(UNPACKED.length)).toString("base64")}`;
}
