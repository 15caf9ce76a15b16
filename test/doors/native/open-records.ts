/**
 * The routes of plain resources and keys with real keys over a store in memory, in process: a `fetch` per caller that
 * holds every answer against the OpenAPI document.
 */
import { bootstrapWorkspace } from "../../../src/app/keys/bootstrap-workspace.ts";
import { defaultLimits } from "../../../src/core/limits.ts";
import type { ModelAccess, ModelLister, ProviderProbe } from "../../../src/core/ports/model.ts";
import { makeServerDoor } from "../../../src/doors/native/door.ts";
import { encodeProblem, problem, problemContentType } from "../../../src/doors/native/problem.ts";
import { recordRoutes } from "../../../src/doors/native/record-routes.ts";
import { makeHttpApp } from "../../../src/http/app.ts";
import type { Fault } from "../../../src/http/deps.ts";
import type { Door } from "../../../src/http/door.ts";
import { countingMint, valueOf } from "../../app/records/records-world.ts";
import { openCheckedFetch } from "../../http/checked-fetch.ts";
import { openMemoryStore } from "../../store/memory-store.ts";
import { makeRecordUses } from "./record-uses.ts";

/** `bad`: a key that was never made. `other`: an owner of another workspace. */
export const callers = ["none", "bad", "revoked", "expired", "viewer", "member", "owner", "other"] as const;
export type Caller = (typeof callers)[number];

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** What the body is, as JSON. */
  readonly body: Record<string, unknown>;
}

export type Call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;

export interface RecordDoorOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly probe?: ProviderProbe["probe"];
  readonly lister?: ModelLister;
}

export async function openRecordDoor({ environment, probe, lister }: RecordDoorOptions = {}) {
  let ms = 1_800_000_000_000;
  const clock = { now: () => ++ms, monotonic: () => ++ms };
  const store = await openMemoryStore({ clock });
  const mint = countingMint();
  const probed: ModelAccess[] = [];
  const uses = makeRecordUses({
    store,
    mint,
    clock,
    limits: defaultLimits,
    ...(environment === undefined ? {} : { environment }),
    ...(lister === undefined ? {} : { lister }),
    probe: {
      probe: (access, signal) => {
        probed.push(access);
        return probe?.(access, signal) ?? Promise.resolve({ ok: true });
      },
    },
  });
  const { keys, kinds } = uses;
  let adminKey = "";
  await bootstrapWorkspace({
    kinds,
    store,
    mint,
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    keyFile: {
      read: () => Promise.resolve(null),
      write: (text) => {
        adminKey = text;
        return Promise.resolve();
      },
    },
  });
  const admin = valueOf(await keys.authenticate(adminKey));
  const minted = async (role: "viewer" | "member", expiresAt: string | null = null) =>
    valueOf(await keys.mint(admin, { name: `a ${role}`, role, expiresAt }));
  const revoked = await minted("member");
  valueOf(await keys.revoke(admin, revoked.key.id));
  const expired = await minted("member", new Date(clock.now() + 500).toISOString());
  ms += 1_000;
  const other = valueOf(await uses.workspaces.create(admin, { name: "other" }));
  const texts: Readonly<Record<Caller, string | null>> = {
    none: null,
    bad: `srk_${"0".repeat(32)}_nonsense`,
    revoked: revoked.text,
    expired: expired.text,
    viewer: (await minted("viewer")).text,
    member: (await minted("member")).text,
    owner: adminKey,
    other: other.key.text,
  };

  const faults: Fault[] = [];
  const problems = { problemSchema: problem, problemContentType, encodeProblem };
  const routes = recordRoutes({ uses, limits: defaultLimits, now: clock.now });
  const native: Door = { ...problems, name: "native", title: "Serai", prefixes: ["/api/v1", "/v1"], routes };
  const root = makeServerDoor({
    server: { version: "0.0.0-test", authMode: "keys" },
    doors: [native],
    uses,
    now: clock.now,
  });
  const app = makeHttpApp([root, native], {
    authenticate: keys.authenticate,
    isStillValid: keys.isStillValid,
    mint,
    limits: defaultLimits,
    gate: { allowedHosts: [], corsOrigins: [] },
    onFault: (fault) => faults.push(fault),
  });
  const fetchChecked = await openCheckedFetch(app);
  const as =
    (caller: Caller): Call =>
    async (method, path, body, headers = {}) => {
      const text = texts[caller];
      const response = await fetchChecked(`/api/v1${path}`, {
        method,
        headers: {
          ...(text === null ? {} : { authorization: `Bearer ${text}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const answered = await response.text();
      const isJson = response.headers.get("content-type")?.includes("json") === true;
      const parsed = isJson ? (JSON.parse(answered) as Record<string, unknown>) : {};
      return { status: response.status, headers: response.headers, text: answered, body: parsed };
    };
  return { as, admin, uses, store, clock, faults, probed, texts, routes, fetchChecked };
}

export type RecordDoor = Awaited<ReturnType<typeof openRecordDoor>>;
