/** Plain resources over the store in memory: two workspaces, their people, a clock that a test moves. */
import { randomBytes } from "node:crypto";
import { makeEnvironmentProviders } from "../../../src/app/records/environment-providers.ts";
import { makeRecords } from "../../../src/app/records/records.ts";
import { makeCheckTools } from "../../../src/app/tool-policies.ts";
import { makeSecrets } from "../../../src/app/secrets.ts";
import type { Principal } from "../../../src/app/principal.ts";
import { formatId } from "../../../src/core/ids.ts";
import type { IdKind, MintId } from "../../../src/core/ids.ts";
import { defaultLimits } from "../../../src/core/limits.ts";
import type { Role } from "../../../src/core/ports/keys.ts";
import type { McpTarget } from "../../../src/core/ports/mcp.ts";
import type { ModelAccess, ProviderProbe } from "../../../src/core/ports/model.ts";
import { accept, refuse } from "../../../src/core/refusal.ts";
import type { Outcome, RefusalCode } from "../../../src/core/refusal.ts";
import { makeSecretBox } from "../../../src/lib/secret-box.ts";
import { openMemoryStore } from "../../store/memory-store.ts";

export function countingMint(): MintId {
  let count = 0;
  return <K extends IdKind>(kind: K) =>
    formatId<K>(kind, 1_800_000_000_000 + ++count, count.toString(16).padStart(20, "0"));
}

/** Also moves with every reading, so that nothing is made in the same millisecond. */
export function makeTestClock() {
  let ms = 1_800_000_000_000;
  return {
    now: () => ++ms,
    monotonic: () => ++ms,
    pass(byMs: number) {
      ms += byMs;
    },
  };
}

export function principalOf(workspace: number, role: Role): Principal {
  const digits = workspace.toString(16).padStart(20, "0");
  return {
    workspaceId: formatId("workspace", workspace, digits),
    userId: formatId("user", workspace, digits),
    keyId: formatId("key", workspace, digits),
    role,
  };
}

export const owner = principalOf(1, "owner");
export const member = principalOf(1, "member");
export const viewer = principalOf(1, "viewer");
export const stranger = principalOf(2, "owner");

export const KNOWN_CAPABILITIES = ["session_file_system", "current_time", "todo_list", "session"];

export interface WorldOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly probe?: ProviderProbe["probe"];
  /** Addresses by host name; others have none. */
  readonly hosts?: Readonly<Record<string, readonly string[]>>;
  readonly secretKey?: Uint8Array;
}

export async function openRecordsWorld({ environment = {}, probe, hosts = {}, secretKey }: WorldOptions = {}) {
  const clock = makeTestClock();
  const store = await openMemoryStore({ clock });
  const mint = countingMint();
  const probed: ModelAccess[] = [];
  const reached: McpTarget[] = [];
  const open = (key: Uint8Array) => {
    const secrets = makeSecrets({ store, box: makeSecretBox(key) });
    const records = makeRecords({
      store,
      mint,
      randomBytes: (count) => randomBytes(count),
      limits: defaultLimits,
      environment: makeEnvironmentProviders(environment),
      secrets,
      checkRepository: () => Promise.resolve({ ok: true, value: { defaultBranch: "main" } }),
      checkCapabilities: (refs) => {
        const unknown = refs.findIndex(({ ref }) => !KNOWN_CAPABILITIES.includes(ref));
        if (unknown === -1) return accept(undefined);
        return refuse({ code: "invalid_input", path: `/capabilities/${unknown}/ref`, reason: "is not known" });
      },
      checkTools: makeCheckTools([], defaultLimits),
      probe: {
        probe: (access, signal) => {
          probed.push(access);
          return probe?.(access, signal) ?? Promise.resolve({ ok: true });
        },
      },
      lister: { list: () => Promise.resolve({ kind: "listed", models: [] }) },
      now: () => clock.now(),
      probeMcp: (target) => {
        reached.push(target);
        return Promise.resolve({ ok: true, tools: [] });
      },
      lookup: (name) => {
        const addresses = hosts[name];
        return addresses === undefined ? Promise.reject(new Error("ENOTFOUND")) : Promise.resolve(addresses);
      },
    });
    return { records, secrets };
  };
  return { clock, store, mint, probed, reached, open, ...open(secretKey ?? new Uint8Array(32).fill(7)) };
}

export function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw new Error(`Refused: ${JSON.stringify(outcome.refusal)}`);
}

export function codeOf(outcome: Outcome<unknown>): RefusalCode | "accepted" {
  return outcome.ok ? "accepted" : outcome.refusal.code;
}
