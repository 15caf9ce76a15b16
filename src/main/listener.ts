/** Doors over the engine, and the socket they are reached by. */
import type { Logger } from "pino";
import { makePreviewAgent } from "../app/preview-agent.ts";
import { makeAwaitTurn } from "../app/await-turn.ts";
import type { Images } from "../app/images/images.ts";
import { makeCapabilityReads } from "../app/list-capabilities.ts";
import type { Keys } from "../app/keys/keys.ts";
import type { SignIn } from "../app/keys/sign-in.ts";
import type { Principal } from "../app/principal.ts";
import type { Records } from "../app/records/records.ts";
import { makeSkills } from "../app/skills/skills.ts";
import type { MintId } from "../core/ids.ts";
import type { Limits } from "../core/limits.ts";
import type { AgentPrograms } from "../core/ports/agent-programs.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Store } from "../core/ports/store.ts";
import type { Capability, CapabilitySource } from "../core/ports/tools.ts";
import { makeHookDoors } from "../doors/hooks/door.ts";
import type { HookUseCases } from "../doors/hooks/use-cases.ts";
import { makeMcpDoor } from "../doors/mcp/door.ts";
import { makeNativeDoor, makeServerDoor } from "../doors/native/door.ts";
import { makeBehind } from "../app/observe/behind.ts";
import { makeRevokeWithSessions } from "../app/observe/end-of-key.ts";
import type { Behind } from "../app/observe/behind.ts";
import type { NativeUseCases } from "../doors/native/use-cases.ts";
import type { Door } from "../http/door.ts";
import { makeHttpApp } from "../http/app.ts";
import type { HttpApp } from "../http/app.ts";
import type { HttpDeps } from "../http/deps.ts";
import { openHttpServer } from "../http/server.ts";
import { defaultStreamSettings } from "../http/sse/stream-settings.ts";
import { makeStreams } from "../http/sse/streams.ts";
import type { FolderBlobs } from "../blobs/folder-blobs.ts";
import { Closers } from "../lib/closers.ts";
import type { Grep } from "../lib/grep/grep.ts";
import { isLoopback } from "./config.ts";
import type { ServeSettings } from "./config.ts";
import { makeDialectDoors } from "./dialect-doors.ts";
import { openDoorPorts } from "./door-ports.ts";
import type { DoorPortsDeps, DoorUrl } from "./door-ports.ts";
import type { Engine } from "./engine.ts";
import { makeFileUses } from "./file-uses.ts";
import { makeHookUses } from "./hook-uses.ts";
import { makeMcpDoorUses } from "./mcp-door-uses.ts";
import { makeSessionUses } from "./session-uses.ts";

export interface ListenerDeps {
  readonly settings: ServeSettings;
  readonly version: string;
  readonly clock: Clock;
  readonly mint: MintId;
  readonly limits: Limits;
  readonly engine: Engine;
  readonly blobs: FolderBlobs;
  readonly images: Images;
  readonly grep: Grep;
  readonly store: Store;
  readonly keys: Keys;
  readonly records: Records;
  readonly signIn: SignIn;
  readonly agentPrograms: AgentPrograms;
  /** Who is served where no key is asked for. */
  readonly owner: Pick<Principal, "workspaceId" | "userId">;
  readonly capabilities: readonly Capability[];
  readonly ownCapabilities: CapabilitySource;
  /** In which hook clients of this machine keep what they call it. */
  readonly hostFile: string;
  readonly log: Logger;
  readonly onFault: (fault: unknown) => void;
}

export interface Listener extends AsyncDisposable {
  readonly url: string;
  /** Of the doors that stand on ports of their own. */
  readonly doorUrls: readonly DoorUrl[];
  /** Contract: rejects for nothing; what breaks inside is answered as over the socket. */
  readonly fetch: (request: Request) => Promise<Response>;
}

export async function openListener(deps: ListenerDeps): Promise<Listener> {
  const { settings, clock, limits, keys, onFault } = deps;
  const { isStillValid } = keys;
  const now = () => clock.now();
  const streams = makeStreams({
    settings: defaultStreamSettings,
    now: () => clock.monotonic(),
    random: Math.random,
    isStillValid,
    onFault,
  });
  const server = { version: deps.version, authMode: "keys" };
  const stopping = new AbortController();
  const uses = makeUses(deps, stopping.signal);
  const native = makeNativeDoor({ uses, limits, streams, server, now });
  const behind = makeBehind(onFault);
  const hookUses = hookUsesOf(deps, { uses, behind });
  const hooks = makeHookDoors({ uses: hookUses, limits, onFault });
  const doors = [native, ...makeDialectDoors({ ...deps, uses }), ...hooks, mcpDoorOf(deps, uses)];
  const httpDeps = httpDepsOf(deps);
  const app = makeHttpApp([makeServerDoor({ server, doors, uses, now }), ...doors], httpDeps);
  const closers = new Closers();
  closers.use(behind);
  const { url, doorUrls } = await openSockets(closers, { app, settings, streams, doors, http: httpDeps });
  // Closed first: whoever waits for a turn is answered before the running requests are waited for.
  closers.defer(() => stopping.abort());
  return {
    url,
    doorUrls,
    fetch: async (request) => app.fetch(request),
    [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
  };
}

function httpDepsOf({ settings, mint, limits, keys, log }: ListenerDeps): HttpDeps {
  const { authenticate, isStillValid } = keys;
  return {
    ...{ mint, limits, authenticate, isStillValid },
    gate: { allowedHosts: hostsOf(settings), corsOrigins: settings.corsOrigins },
    onFault: ({ error, ...at }) => log.error({ ...at, err: error }, "A request met a fault"),
  };
}

type Sockets = Omit<DoorPortsDeps, "closers" | "settings"> & Pick<ListenerDeps, "settings"> & { readonly app: HttpApp };

/** A port that is taken closes those that were opened before it. */
async function openSockets(closers: Closers, { app, ...deps }: Sockets) {
  const { host, port } = deps.settings;
  try {
    const { url } = closers.use(await openHttpServer({ app, host, port, streams: deps.streams }));
    return { url, doorUrls: await openDoorPorts({ ...deps, closers }) };
  } catch (cause) {
    await closers[Symbol.asyncDispose]();
    throw cause;
  }
}

function makeUses(deps: ListenerDeps, stopping: AbortSignal): NativeUseCases {
  const { store, blobs, grep, clock, mint, limits, engine, onFault } = deps;
  const { records, keys, signIn, agentPrograms, capabilities, images } = deps;
  const files = makeFileUses({ store, blobs, grep, commit: engine.commit, limits, mint });
  const { gate } = engine.work;
  const awaitTurn = makeAwaitTurn({ store, openFollow: engine.uses.openFollow, stopping, gate });
  const { createSession } = engine.uses;
  const ground = { store, blobs, clock, mint, limits, records, capabilities, createSession, commit: engine.commit };
  const sessions = makeSessionUses({ ...ground, parts: records.sessionParts });
  const previewAgent = makePreviewAgent({ records, capabilities, ownCapabilities: deps.ownCapabilities, onFault });
  const { controlSession } = engine.uses;
  const revoke = makeRevokeWithSessions({ store, controlSession, keys });
  const more = {
    keys: { ...keys, revoke },
    signIn,
    agentPrograms,
    images,
    awaitTurn,
    previewAgent,
    skills: makeSkills(ground),
  };
  return {
    ...engine.uses,
    ...engine.work.uses,
    ...sessions,
    ...files,
    ...records,
    projects: announcing(records.projects, engine.work.projectChanged),
    models: announcingModels(records.models, engine.work.modelChanged),
    ...more,
    capabilities: makeCapabilityReads(deps),
  };
}

/** A budget that was raised lets turns go on that wait for it. */
function announcing(projects: Records["projects"], onChanged: Engine["work"]["projectChanged"]): Records["projects"] {
  return {
    ...projects,
    async update(writer, change) {
      const changed = await projects.update(writer, change);
      if (changed.ok) onChanged(changed.value);
      return changed;
    },
  };
}

/** A price that was set is what a limit in dollars was waiting for. */
function announcingModels(models: Records["models"], onChanged: Engine["work"]["modelChanged"]): Records["models"] {
  return {
    ...models,
    async update(writer, change) {
      const changed = await models.update(writer, change);
      if (changed.ok) onChanged(writer.workspaceId);
      return changed;
    },
  };
}

function hookUsesOf(
  deps: ListenerDeps,
  { uses, behind }: { readonly uses: NativeUseCases; readonly behind: Behind },
): HookUseCases {
  const { engine, log } = deps;
  const { briefs, controlSession } = uses;
  return makeHookUses({
    ...deps,
    ...{ briefs, controlSession, behind },
    commit: engine.commit,
    onUnreadHook: (fault) => log.warn(fault, "A hook could not be read"),
  });
}

function mcpDoorOf(deps: ListenerDeps, uses: NativeUseCases): Door {
  const { engine, limits, version, onFault } = deps;
  const mcpUses = makeMcpDoorUses({ ...deps, ...uses, commit: engine.commit });
  return makeMcpDoor({ uses: mcpUses, version, maxBytes: limits.bodyBytes, onFault });
}

function hostsOf({ host, allowedHosts }: ServeSettings): readonly string[] {
  return isLoopback(host) ? allowedHosts : [host, ...allowedHosts];
}
