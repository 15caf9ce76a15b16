/** Secrets as people give them: checked, and laid out for being sealed together with their hosts. */
import { parseHostPattern } from "../../core/network-rules.ts";
import type { SessionSecretsBody } from "../../core/records/session-storage.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";

export type SessionSecret = SessionSecretsBody["entries"][number];

export interface GivenSecret {
  readonly value: string;
  readonly hosts: readonly string[];
}

export type GivenSecrets = Readonly<Record<string, GivenSecret>>;

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,99}$/;
const MAX_SECRETS = 100;
const MAX_VALUE_BYTES = 16 * 1024;
const MAX_HOSTS = 50;

/** No value has a NUL, so none is taken for what begins with one. */
const WITH_HOSTS = "\0";

export function pack({ value, hosts }: GivenSecret): string {
  return hosts.length === 0 ? value : WITH_HOSTS + JSON.stringify({ value, hosts });
}

/** Only `pack` makes these texts. */
export function unpack(text: string): GivenSecret {
  return text.startsWith(WITH_HOSTS) ? (JSON.parse(text.slice(1)) as GivenSecret) : { value: text, hosts: [] };
}

/** Comes out with the hosts as a URL spells them. The value is in no refusal. */
export function checkSecrets(given: GivenSecrets): Outcome<GivenSecrets> {
  const checked: [string, GivenSecret][] = [];
  for (const [name, { value, hosts }] of Object.entries(given)) {
    const path = `/secrets/${name.slice(0, 100)}`;
    if (!NAME.test(name))
      return invalid(path, "is no name of a secret: letters, digits and _, at most 100, no digit first");
    if (value.includes(WITH_HOSTS)) return invalid(path, "must be a text without NUL");
    if (Buffer.byteLength(value) > MAX_VALUE_BYTES) return invalid(path, `must have at most ${MAX_VALUE_BYTES} bytes`);
    if (hosts.length > MAX_HOSTS) return invalid(`${path}/hosts`, `must be at most ${MAX_HOSTS}`);
    const patterns = hosts.map(parseHostPattern);
    const wrong = patterns.findIndex((pattern) => pattern === undefined || pattern === "*");
    if (wrong !== -1)
      return invalid(`${path}/hosts/${wrong}`, "must be a host such as api.example.com, or *.example.com");
    checked.push([name, { value, hosts: patterns.filter((pattern) => pattern !== undefined) }]);
  }
  return accept(Object.fromEntries(checked));
}

function invalid(path: string, reason: string) {
  return refuse({ code: "invalid_input", path, reason });
}

export function withNames(
  before: readonly SessionSecret[],
  given: GivenSecrets,
  time: string,
): Outcome<readonly SessionSecret[]> {
  const known = new Map(before.map((entry) => [entry.name, entry]));
  for (const [name, { hosts }] of Object.entries(given)) {
    const created_at = known.get(name)?.created_at ?? time;
    known.set(name, { name, hosts: [...hosts], created_at, updated_at: time });
  }
  if (known.size <= MAX_SECRETS) return accept([...known.values()]);
  return invalid("/secrets", `would be more than the ${MAX_SECRETS} that a session may have`);
}
