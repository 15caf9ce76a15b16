/** The doors for clients of other products, over the use cases of sessions that every door has. */
import { makeBeginSession } from "../app/begin-session.ts";
import { makeReadProjectIssue } from "../app/issue-of-project.ts";
import { makeFindModelByCode } from "../app/model-by-code.ts";
import { makeReadModelCodes } from "../app/model-codes.ts";
import { makeModelOfSession } from "../app/model-of-session.ts";
import type { Principal } from "../app/principal.ts";
import { findRecord } from "../app/records/get-record.ts";
import type { Records } from "../app/records/records.ts";
import { makeSendText } from "../app/send-text.ts";
import type { SendText } from "../app/send-text.ts";
import { makeReadSessionDefaults } from "../app/session-defaults.ts";
import { makeSpawnSession } from "../app/spawn-session.ts";
import type { SpawnSession } from "../app/spawn-session.ts";
import type { Limits } from "../core/limits.ts";
import type { Clock } from "../core/ports/clock.ts";
import { makeAgenDoor } from "../doors/agen/door.ts";
import { makeEnnioDoor } from "../doors/ennio/door.ts";
import type { SessionUseCases } from "../doors/native/use-cases.ts";
import { makeVibenDoor } from "../doors/viben/door.ts";
import { makeTrackers } from "../forges/trackers.ts";
import type { Door } from "../http/door.ts";
import { isLoopback } from "./config.ts";
import type { ServeSettings } from "./config.ts";
import type { Engine } from "./engine.ts";

export interface DialectDoorsDeps {
  readonly settings: Pick<ServeSettings, "isOpen" | "ennioToken" | "ennioCorsOrigins" | "github">;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly engine: Pick<Engine, "work">;
  readonly records: Pick<
    Records,
    "kinds" | "projects" | "workspaces" | "sessionParts" | "agents" | "harnesses" | "resolveModel"
  >;
  readonly uses: Pick<
    SessionUseCases,
    "createSession" | "getSession" | "listSessions" | "editSession" | "controlSession" | "sendMessage" | "cancelTurn"
  >;
  /** As whom callers of this machine come in where no key is asked for. */
  readonly owner: Pick<Principal, "workspaceId" | "userId">;
}

export function makeDialectDoors(deps: DialectDoorsDeps): readonly Door[] {
  const { settings, limits, records, owner, clock, engine } = deps;
  const now = () => clock.now();
  const { checkBranch, beginnings } = engine.work;
  const { mergeCheckout } = engine.work.uses;
  const sendText = makeSendText(deps.uses);
  const uses = {
    ...deps.uses,
    sendText,
    mergeCheckout,
    projects: records.projects,
    beginSession: makeBeginSession({ ...deps.uses, sendText, checkBranch, beginnings }),
    spawnSession: spawnSessionOf(deps, sendText),
    findModelByCode: makeFindModelByCode(records.kinds),
    readSessionDefaults: makeReadSessionDefaults(records),
    readModelCodes: makeReadModelCodes(makeModelOfSession({ records })),
  };
  const guest = settings.isOpen ? { guest: makeGuest(owner) } : {};
  // A token that was set is asked for, as Ennio's page says.
  const ennioGuest = settings.ennioToken === null ? guest : {};
  return [
    makeVibenDoor({ uses, limits, ...guest }),
    makeAgenDoor({ uses, limits, now }),
    makeEnnioDoor({ uses, limits, now, corsOrigins: settings.ennioCorsOrigins, ...ennioGuest }),
  ];
}

/** The project's setup commands have a limit of their own; this one is for git itself standing still. */
const CHECKOUT_TIMEOUT_MS = 5 * 60_000;

function spawnSessionOf(deps: DialectDoorsDeps, sendText: SendText): SpawnSession {
  const { settings, clock, engine, records, uses } = deps;
  const { apiUrl: baseUrl, token } = settings.github;
  const tracker = makeTrackers({ baseUrl, token, fetch: (url, init) => fetch(url, init), now: () => clock.now() });
  return makeSpawnSession({
    ...uses,
    sendText,
    projects: records.projects,
    ensureCheckout: engine.work.ensureCheckout,
    beginnings: engine.work.beginnings,
    readIssue: makeReadProjectIssue(tracker),
    findAgent: async ({ workspaceId }, name) =>
      (await findRecord(records.kinds.agent, { workspaceId }, name))?.id ?? null,
    timeoutMs: CHECKOUT_TIMEOUT_MS,
  });
}

/** What a proxy on this machine passes on came from elsewhere, though its address is this machine's. */
const FORWARDED = ["forwarded", "x-forwarded-for", "x-real-ip", "via"] as const;

export function makeGuest(owner: DialectDoorsDeps["owner"]): NonNullable<Door["guest"]> {
  const guest: Principal = { ...owner, keyId: null, role: "member" };
  return (address, header) => {
    const isHere = address !== undefined && isLoopback(address.replace(/^::ffff:/, ""));
    return isHere && FORWARDED.every((name) => header(name) === undefined) ? guest : null;
  };
}
