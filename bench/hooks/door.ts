/**
 * The peer of a check: the very door that hooks come in by, with its key checked, its payload read and its answer written in
 * the editor's words, over a use case that denies without having looked at anything. What is left of a hook's time is the check.
 * To the session `commits` it answers yes once one event of one session is durable: the peer of a take.
 */
import { makeAuthentication } from "../../src/app/keys/authenticate.ts";
import { hashKey, readKeyId } from "../../src/app/keys/key-text.ts";
import { noVerbatimKeys } from "../../src/app/keys/verbatim-keys.ts";
import { defaultLimits } from "../../src/core/limits.ts";
import { accept } from "../../src/core/refusal.ts";
import { makeHookDoors } from "../../src/doors/hooks/door.ts";
import type { HookUseCases } from "../../src/doors/hooks/use-cases.ts";
import { makeHttpApp } from "../../src/http/app.ts";
import { openHttpServer } from "../../src/http/server.ts";
import { makeMint } from "../../src/main/mint.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { systemClock } from "../data-folder.ts";
import { makeSession } from "../reservations/fill.ts";

/** The key of the server beside it, so that both are asked with the same. */
const [key = "", folder = ""] = process.argv.slice(2);
const id = readKeyId(key);
if (id === undefined) throw new Error("The peer of the hooks was given no key");
const mint = makeMint(systemClock);
const at = new Date().toISOString();
const row = {
  ...{
    id,
    workspaceId: mint("workspace"),
    userId: mint("user"),
    name: "peer",
    role: "owner" as const,
    sessionId: null,
  },
  ...{
    shownPrefix: "srk",
    secretSha256: hashKey(key),
    createdAt: at,
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
  },
};

function fail(fault: unknown): never {
  throw new Error("The peer of the hooks met a fault", { cause: fault });
}

const reason = "File src/a.ts is reserved by Developer B (Cursor) — 'Build JWT auth flow' (6 min remaining).";
const reply = accept({
  sessionId: "",
  verdict: { permission: "deny", reason, brief: reason },
  releasedFiles: [],
} as const);
const allowed = accept({ sessionId: "", verdict: { permission: "allow" }, releasedFiles: [] } as const);
const log = await openSqliteStore({ folder, clock: systemClock });
const sessionId = await makeSession(log, row.workspaceId);

async function commit(): Promise<typeof allowed> {
  const event = { id: mint("event"), type: "session.updated", contextJson: "{}", dataJson: '{"title":"a title"}' };
  const { kind } = await log.write({ sessionId, events: [event] });
  return kind === "committed" ? allowed : fail(`A commit was answered ${kind}`);
}

const unasked = () => fail("This route is not measured");
const uses: HookUseCases = {
  handleHook: (_, { event }) => (event.conversationId === "commits" ? commit() : Promise.resolve(reply)),
  ...{
    listPresent: unasked,
    heartbeat: unasked,
    endSession: unasked,
    reportHookFault: unasked,
    findWorkspace: unasked,
  },
};

const store = { readKey: () => Promise.resolve(row), touchKey: () => Promise.resolve() };
const { authenticate } = makeAuthentication({ store, clock: systemClock, verbatim: noVerbatimKeys, onFault: fail });
const doors = makeHookDoors({ uses, limits: defaultLimits, onFault: fail });
const [first, ...rest] = doors;
if (first === undefined) throw new Error("There is no door for hooks");
const app = makeHttpApp([first, ...rest], {
  ...{ mint, limits: defaultLimits, authenticate, isStillValid: () => true },
  gate: { allowedHosts: [], corsOrigins: [] },
  onFault: ({ error }) => fail(error),
});
const { url } = await openHttpServer({ app, host: "127.0.0.1", port: 0 });
process.send?.({ url });
