/** The hook doors over a double of their use cases, in process; every answer is held against the document. */
import { formatId } from "../../../src/core/ids.ts";
import type { Role } from "../../../src/core/ports/keys.ts";
import { defaultLimits } from "../../../src/core/limits.ts";
import { accept, refuse } from "../../../src/core/refusal.ts";
import type { Outcome } from "../../../src/core/refusal.ts";
import type { HookReply } from "../../../src/core/team/hook-event.ts";
import type { Principal } from "../../../src/app/principal.ts";
import { makeHookDoors } from "../../../src/doors/hooks/door.ts";
import type { PresentAgent } from "../../../src/app/observe/hook-uses.ts";
import type { HookCall, HookUseCases } from "../../../src/doors/hooks/use-cases.ts";
import { makeServerDoor } from "../../../src/doors/native/door.ts";
import type { ServerDoorDeps } from "../../../src/doors/native/door.ts";
import { makeHttpApp } from "../../../src/http/app.ts";
import type { HttpApp } from "../../../src/http/app.ts";
import { openCheckedFetch } from "../../http/checked-fetch.ts";
import type { CheckedFetch } from "../../http/checked-fetch.ts";
import { countingMint, principalOf } from "../../http/tiny-door.ts";

export const sessionId = `ses_${"0".repeat(12)}7${"0".repeat(3)}8${"0".repeat(15)}`;

export interface Told {
  readonly principal: Principal;
  readonly call: HookCall;
}

export interface Hooks {
  readonly app: HttpApp;
  readonly fetch: CheckedFetch;
  readonly told: Told[];
  readonly reported: Parameters<HookUseCases["reportHookFault"]>[1][];
  readonly faults: unknown[];
  /** What the use case answers from now on. */
  reply: (told: Told) => Promise<Outcome<HookReply>>;
  present: readonly PresentAgent[];
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

export const keyOf = (role: Role | "stranger"): string => `${role}-key`;
const roles: readonly Role[] = ["owner", "member", "viewer"];

export function replied(reply: Partial<HookReply> = {}): Promise<Outcome<HookReply>> {
  return Promise.resolve(accept({ sessionId, verdict: { permission: "allow" }, ...reply }));
}

function whoIs(secret: string): Outcome<Principal> {
  if (secret === keyOf("stranger")) {
    return accept({ ...principalOf("owner"), workspaceId: formatId("workspace", 2, "1".repeat(20)) });
  }
  const role = roles.find((each) => secret === keyOf(each));
  return role === undefined
    ? refuse({ code: "unauthenticated", reason: "the key is unknown" })
    : accept(principalOf(role));
}

/** A workspace "my-startup", and in it one session. */
function doubleOf(hooks: Pick<Hooks, "told" | "reported"> & { readonly at: () => Hooks }): HookUseCases {
  const mine = principalOf("owner").workspaceId;
  const find = (id: string): Outcome<null> =>
    id === sessionId ? accept(null) : refuse({ code: "not_found", kind: "session", id });
  return {
    handleHook: (principal, call) => {
      const told = { principal, call };
      hooks.told.push(told);
      return hooks.at().reply(told);
    },
    listPresent: () => Promise.resolve(accept(hooks.at().present)),
    heartbeat: (_, id) => Promise.resolve(find(id)),
    endSession: (_, id) => {
      const found = find(id);
      return Promise.resolve(found.ok ? accept({ releasedFiles: ["src/auth/login.ts"] }) : found);
    },
    reportHookFault: (_, fault) => {
      hooks.reported.push(fault);
      return Promise.resolve();
    },
    findWorkspace: (principal, id) => {
      const isMine = (id === "my-startup" || id === mine) && principal.workspaceId === mine;
      return Promise.resolve(isMine ? accept(principal) : refuse({ code: "not_found", kind: "workspace", id }));
    },
  };
}

export async function openHooks({ patienceMs = 2_000 } = {}): Promise<Hooks> {
  const [told, reported, faults]: [Told[], Hooks["reported"], unknown[]] = [[], [], []];
  const uses = doubleOf({ told, reported, at: () => hooks });
  const onFault = (fault: unknown) => void faults.push(fault);
  const doors = makeHookDoors({ uses, limits: defaultLimits, onFault, patienceMs });
  // Its routes are not called here, but for the document.
  const root = {
    server: { version: "0", authMode: "keys" },
    doors,
    uses: {},
    now: () => 0,
  } as unknown as ServerDoorDeps;
  const app = makeHttpApp([makeServerDoor(root), ...doors], {
    authenticate: (secret) => Promise.resolve(whoIs(secret)),
    isStillValid: () => true,
    mint: countingMint(),
    limits: defaultLimits,
    gate: { allowedHosts: [], corsOrigins: [] },
    onFault: ({ error }) => onFault(error),
  });
  const fetch = await openCheckedFetch(app, { headers: { authorization: `Bearer ${keyOf("member")}` } });
  const hooks: Hooks = {
    ...{ app, fetch, told, reported, faults },
    reply: () => replied(),
    present: [],
    post: (path, body, headers = {}) =>
      fetch(path, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body), headers }),
  };
  return hooks;
}
