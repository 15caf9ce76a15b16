/**
 * Opens a server from the ground up and closes it in reverse: data folder, store, files, records and keys, engine, doors,
 * listener. What is opened here is handed in everywhere else; nothing below reads the environment or the clock itself.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Logger } from "pino";
import { bootstrapWorkspace } from "../app/keys/bootstrap-workspace.ts";
import type { Bootstrapped } from "../app/keys/bootstrap-workspace.ts";
import { makeKeys } from "../app/keys/keys.ts";
import { makeUserNamed } from "../app/keys/user-named.ts";
import type { Keys } from "../app/keys/keys.ts";
import { makeSignIn } from "../app/keys/sign-in.ts";
import type { SignIn } from "../app/keys/sign-in.ts";
import { makeVerbatimKeys, noVerbatimKeys } from "../app/keys/verbatim-keys.ts";
import type { VerbatimKey } from "../app/keys/verbatim-keys.ts";
import { makeCheckCapabilities } from "../app/capability-refs.ts";
import { joinSources } from "../app/capability-sources.ts";
import { makeCheckTools } from "../app/tool-policies.ts";
import { makeImages } from "../app/images/images.ts";
import { makeEnvironmentProviders } from "../app/records/environment-providers.ts";
import { withRecentAgents } from "../app/observe/recent-agents.ts";
import { withRecentRecords } from "../app/records/recent-records.ts";
import { makeRecords } from "../app/records/records.ts";
import type { Records } from "../app/records/records.ts";
import type { RunDeps } from "../app/run-turn.ts";
import { makeSecrets } from "../app/secrets.ts";
import { makeSkillPort } from "../app/skills/open-skill.ts";
import { openLocalBell } from "../bells/local-bell.ts";
import { SweepDaily } from "../app/sweep-daily.ts";
import { makeSweepBlobs } from "../app/sweep-blobs.ts";
import { openFolderBlobs } from "../blobs/folder-blobs.ts";
import type { FolderBlobs } from "../blobs/folder-blobs.ts";
import { openCheckouts } from "../checkouts/checkouts.ts";
import type { McpServers } from "../capabilities/mcp/servers.ts";
import { capabilityCatalogue } from "../capabilities/catalogue.ts";
import { makeSkillCapabilities } from "../capabilities/skills/skills.ts";
import type { MintId, NodeId } from "../core/ids.ts";
import { defaultLimits } from "../core/limits.ts";
import type { Limits } from "../core/limits.ts";
import type { AgentPrograms } from "../core/ports/agent-programs.ts";
import type { Checkouts } from "../core/ports/checkouts.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Harness } from "../core/ports/harness.ts";
import type { Store } from "../core/ports/store.ts";
import type { Capability, CapabilitySource } from "../core/ports/tools.ts";
import { makeModelLister } from "../harnesses/hosted/list-models.ts";
import { makeProviderProbe } from "../harnesses/hosted/probe.ts";
import { Closers } from "../lib/closers.ts";
import { sleep } from "../lib/deadline.ts";
import { makeSafeFetch } from "../lib/fetch/safe-fetch.ts";
import { lookupAddresses } from "../lib/fetch/lookup-addresses.ts";
import { openGrep } from "../lib/grep/grep.ts";
import type { Grep } from "../lib/grep/grep.ts";
import { HeldNames } from "../lib/held-names.ts";
import { makeThumbnailer } from "../lib/thumbnail.ts";
import { makeSecretBox } from "../lib/secret-box.ts";
import { openShell } from "../lib/shell/shell.ts";
import { openJobThreads } from "../lib/threads/job-threads.ts";
import { openSqliteStore } from "../store/sqlite/store.ts";
import { makeAgentPrograms } from "./agent-programs.ts";
import type { Environment, ServeSettings } from "./config.ts";
import { adminKeyFile, openDataFolder, readSecretKey, writeLocalServer } from "./data-folder.ts";
import { openMcp } from "./mcp.ts";
import { openEngine } from "./engine.ts";
import type { Engine } from "./engine.ts";
import { commandGround, userHooks } from "./hidden-places.ts";
import { makeLazyHarness } from "./lazy-harness.ts";
import { openSpawning } from "./spawning.ts";
import { openListener } from "./listener.ts";
import type { Listener } from "./listener.ts";
import { makeMint } from "./mint.ts";

export interface BootOptions {
  readonly settings: ServeSettings;
  readonly environment: Environment;
  readonly version: string;
  readonly log: Logger;
  readonly clock?: Clock;
  readonly limits?: Partial<Limits>;
  /** The disk can no longer be trusted: the process has to end. */
  readonly onBroken: (fault: unknown) => void;
  readonly points?: RunDeps["points"];
}

export interface Server extends AsyncDisposable {
  readonly url: string;
  /** The same doors without a socket, for whoever runs the server in their own process. */
  readonly fetch: Listener["fetch"];
  readonly doorUrls: Listener["doorUrls"];
  readonly first: Bootstrapped;
  readonly store: Store;
  readonly engine: Engine;
  readonly signIn: SignIn;
}

const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

export async function boot(options: BootOptions): Promise<Server> {
  const closers = new Closers();
  try {
    return await open(options, closers);
  } catch (cause) {
    await closers[Symbol.asyncDispose]();
    throw cause;
  }
}

/** What every part is given. */
interface Ground {
  readonly clock: Clock;
  readonly mint: MintId;
  readonly node: NodeId;
  readonly limits: Limits;
  readonly names: HeldNames;
  readonly agentPrograms: AgentPrograms;
  readonly onFault: (fault: unknown) => void;
}

function layGround({ clock = systemClock, limits, log, settings, environment }: BootOptions): Ground {
  const mint = makeMint(clock);
  return {
    clock,
    mint,
    node: mint("node"),
    limits: { ...defaultLimits, ...settings.limits, ...limits },
    names: new HeldNames(join(settings.dataFolder, "held-names")),
    agentPrograms: makeAgentPrograms(environment),
    onFault: (fault) => log.error({ err: fault }, "A fault"),
  };
}

async function open(options: BootOptions, closers: Closers): Promise<Server> {
  const { settings, onBroken } = options;
  const ground = layGround(options);
  const { clock, mint, node, limits } = ground;
  await openDataFolder(settings.dataFolder);
  const folder = settings.dataFolder;
  const filesLimitBytes = limits.sessionFilesBytes;
  const whole = closers.use(await openSqliteStore({ folder, clock, node, filesLimitBytes, onFault: onBroken }));
  const store = withRecentAgents(withRecentRecords(whole));
  const blobs = await openFolderBlobs({ folder: join(settings.dataFolder, "blobs") });
  const grep = closers.use(openGrep());
  const capabilities = openCapabilities(options, { grep, closers });
  const checkouts = openCheckouts({ folder: join(folder, "checkouts"), now: () => clock.now() });
  const below = { ...ground, store, blobs, capabilities, checkouts };
  const { records, mcp, ownCapabilities } = await openRecords(options, below);
  closers.use(mcp);
  const { keys, first, signIn } = await openKeys(options, { ...ground, store, records });
  const harness = makeLazyHarness("hosted", () => loadHosted(options, ground));
  const { hostId: hostFile } = userHooks(options.environment);
  const address: { url: string | null } = { url: null };
  const spawning = openSpawning({ ...options, ...ground, keys, hostFile, serverUrl: () => address.url });
  closers.use(spawning.harness);
  const images = makeImages({ store, blobs, mint, limits, thumbnailer: makeThumbnailer() });
  const parts = { ...ground, store, blobs, capabilities, ownCapabilities, records, images };
  const points = options.points === undefined ? {} : { points: options.points };
  const given = { harness, spawning, checkouts, commands: commandGround(options, ground.names), ...points };
  const engine = openEngine({ ...parts, ...given, bell: openLocalBell() });
  closers.use(engine);
  const site = { hostFile, settings, keys, signIn, owner: first, version: options.version, log: options.log };
  const listener: Listener = await openListener({ ...parts, ...site, engine, grep });
  closers.use(listener);
  address.url = listener.url;
  closers.use(await writeLocalServer(settings.dataFolder, { url: listener.url, pid: process.pid }));
  closers.use(openSweeping(options, { ...ground, store, blobs, engine }));
  takeUp(engine, ground);
  const { url, fetch, doorUrls } = listener;
  return {
    ...{ url, fetch, doorUrls },
    first,
    store,
    engine,
    signIn,
    [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
  };
}

/** What the last process left unfinished, before anybody asks. */
function takeUp({ pulse, work }: Engine, { names }: Ground): void {
  pulse.start();
  work.aftermath.follow(() => names.sweep());
  work.aftermath.collect();
  work.aftermath.start();
}

interface Swept {
  readonly store: Store;
  readonly blobs: FolderBlobs;
  readonly engine: Engine;
}

function openSweeping({ log }: BootOptions, { store, blobs, clock, onFault, engine }: Ground & Swept): SweepDaily {
  const sweepBlobs = makeSweepBlobs({ store, blobs, clock, pause: () => sleep(10) });
  const sweep: typeof sweepBlobs = async (signal) => {
    engine.work.aftermath.collect();
    return sweepBlobs(signal);
  };
  return new SweepDaily({ sweep, onFault, onSwept: (swept) => log.info(swept, "Contents were swept") });
}

function openCapabilities(
  { version }: BootOptions,
  { grep, closers }: { readonly grep: Grep; readonly closers: Closers },
): readonly Capability[] {
  return capabilityCatalogue({
    grep,
    shell: closers.use(openShell()),
    threads: closers.use(openJobThreads({ maxThreads: 2, heapMb: 512 })),
    fetch: makeSafeFetch({ lookup: lookupAddresses, userAgent: `Serai/${version}` }),
  });
}

async function loadHosted({ log }: BootOptions, { clock }: Ground): Promise<Harness> {
  const { makeHostedHarness } = await import("../harnesses/hosted/harness.ts");
  return makeHostedHarness({ clock, random: Math.random, log: (message, fields) => log.debug(fields, message) });
}

async function openRecords(
  { settings, environment, log, version }: BootOptions,
  ground: Ground & {
    readonly store: Store;
    readonly blobs: FolderBlobs;
    readonly capabilities: readonly Capability[];
    readonly checkouts: Checkouts;
  },
): Promise<{ readonly records: Records; readonly mcp: McpServers; readonly ownCapabilities: CapabilitySource }> {
  const { store, blobs, mint, limits, capabilities, clock, onFault } = ground;
  const found = makeEnvironmentProviders(environment);
  for (const { variable, refusal } of found.refusals) log.warn({ variable, refusal }, "A provider is left out");
  const secrets = makeSecrets({ store, box: makeSecretBox(await readSecretKey(settings)) });
  const mcp = openMcp({
    clock,
    onFault,
    version,
    lookup: lookupAddresses,
    path: environment["PATH"] ?? "",
    find: (workspaceId, named) => records.mcpServers.find(workspaceId, named),
    list: (workspaceId) => records.mcpServers.lines(workspaceId),
  });
  const skills = makeSkillPort({ store, blobs, mint, limits });
  const ownCapabilities = joinSources([mcp, makeSkillCapabilities(skills)]);
  const records = makeRecords({
    ...{ store, mint, limits, secrets, randomBytes },
    now: () => clock.now(),
    environment: found,
    checkCapabilities: makeCheckCapabilities(capabilities, ownCapabilities.describe),
    probeMcp: (target) => mcp.probe(target),
    checkTools: makeCheckTools(capabilities, limits),
    checkRepository: (source) => ground.checkouts.check(source),
    probe: makeProviderProbe(),
    lister: makeModelLister(),
    lookup: lookupAddresses,
  });
  return { records, mcp, ownCapabilities };
}

async function openKeys(
  { settings }: BootOptions,
  { store, mint, clock, onFault, records }: Ground & { readonly store: Store; readonly records: Records },
): Promise<{ readonly keys: Keys; readonly first: Bootstrapped; readonly signIn: SignIn }> {
  const keyFile = adminKeyFile(settings.dataFolder);
  const first = await bootstrapWorkspace({ kinds: records.kinds, store, mint, randomBytes, keyFile });
  const given = verbatimKeysOf(settings);
  const verbatim = given.length === 0 ? { ok: true as const, value: noVerbatimKeys } : makeVerbatimKeys(given, first);
  if (!verbatim.ok) throw new UnusableSetting(reasonOf(verbatim.refusal));
  const userNamed = makeUserNamed(records.kinds);
  const keys = makeKeys({ store, mint, clock, randomBytes, userNamed, verbatim: verbatim.value, onFault });
  return { keys, first, signIn: makeSignIn({ store, mint, clock, randomBytes }) };
}

function verbatimKeysOf({ adminKey, ennioToken }: ServeSettings): readonly VerbatimKey[] {
  return [
    ...(adminKey === null ? [] : [{ name: "SERAI_ADMIN_KEY", text: adminKey, role: "owner" as const }]),
    // For Ennio's routes and those of sessions; it is no key to keys, users and settings.
    ...(ennioToken === null ? [] : [{ name: "ennio.api_token", text: ennioToken, role: "member" as const }]),
  ];
}

/** Something in the settings that the person who starts the server has to change; the message says what. */
export class UnusableSetting extends Error {
  override readonly name = "UnusableSetting";
}

function reasonOf(refusal: { readonly code: string; readonly reason?: string }): string {
  return refusal.reason ?? refusal.code;
}
