/** The doors for clients of other products, over the use cases of sessions that every door has. */
import { makeBeginSession } from "../app/begin-session.ts";
import { makeReadModelCodes } from "../app/model-codes.ts";
import { makeModelOfSession } from "../app/model-of-session.ts";
import type { Principal } from "../app/principal.ts";
import type { Records } from "../app/records/records.ts";
import { makeReadSessionDefaults } from "../app/session-defaults.ts";
import type { Limits } from "../core/limits.ts";
import type { SessionUseCases } from "../doors/native/use-cases.ts";
import { makeVibenDoor } from "../doors/viben/door.ts";
import type { Door } from "../http/door.ts";
import { isLoopback } from "./config.ts";
import type { ServeSettings } from "./config.ts";

export interface DialectDoorsDeps {
  readonly settings: Pick<ServeSettings, "isOpen" | "ennioToken" | "ennioCorsOrigins">;
  readonly limits: Limits;
  readonly records: Pick<Records, "kinds" | "workspaces" | "agents" | "harnesses" | "resolveModel">;
  readonly uses: Pick<
    SessionUseCases,
    "createSession" | "getSession" | "listSessions" | "editSession" | "controlSession" | "sendMessage" | "cancelTurn"
  >;
  /** As whom callers of this machine come in where no key is asked for. */
  readonly owner: Pick<Principal, "workspaceId" | "userId">;
}

export function makeDialectDoors({ settings, limits, records, uses, owner }: DialectDoorsDeps): readonly Door[] {
  const shared = {
    ...uses,
    beginSession: makeBeginSession(uses),
    readSessionDefaults: makeReadSessionDefaults(records),
    readModelCodes: makeReadModelCodes(makeModelOfSession({ records })),
  };
  const guest = settings.isOpen ? { guest: makeGuest(owner) } : {};
  return [makeVibenDoor({ uses: shared, limits, ...guest })];
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
