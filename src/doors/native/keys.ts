/** Keys, under both of their names: `/keys` and `/auth/api-keys`. Owners only. */
import type { z } from "zod";
import type { KeyView } from "../../app/keys/list-keys.ts";
import type { MintedKey, MintKey } from "../../app/keys/mint-key.ts";
import { answer, empty, json, route } from "../../http/route.ts";
import type { Route } from "../../http/route.ts";
import { cutPage, envelopeOf, recordQuery } from "./record-page.ts";
import { keyPath } from "./record-params.ts";
import { createdKey, createKeyBody, key, keyList } from "./schema/key.ts";
import type { CreatedKey, Key } from "./schema/key.ts";
import type { RecordUseCases } from "./use-cases-records.ts";

export interface KeyRouteDeps {
  readonly uses: Pick<RecordUseCases, "keys">;
  readonly now: () => number;
}

interface Spelling {
  readonly base: string;
  readonly word: string;
}

const spellings: readonly Spelling[] = [
  { base: "/keys", word: "Key" },
  { base: "/auth/api-keys", word: "ApiKey" },
];

const group = "keys";
const access = "owner";
const DAY_MS = 24 * 60 * 60_000;

export function keyRoutes(deps: KeyRouteDeps): readonly Route[] {
  return spellings.flatMap((at) => [
    createRoute(deps, at),
    listRoute(deps, at),
    getRoute(deps, at),
    revokeRoute(deps, at),
  ]);
}

function createRoute({ uses: { keys }, now }: KeyRouteDeps, { base, word }: Spelling): Route {
  return route(
    {
      method: "post",
      path: base,
      id: `create${word}`,
      group,
      summary: "Mint a key; its text is in this answer and nowhere else",
      access,
      body: { kind: "json", schema: createKeyBody },
      responses: { 201: { description: "The key", schema: createdKey } },
      refusals: ["already_exists"],
    },
    async ({ principal, body }) =>
      answer(await keys.mint(principal, mintCommandOf(body, now())), (minted) =>
        json(201, encodeCreatedKey(minted, now()), { "Cache-Control": "no-store" }),
      ),
  );
}

function mintCommandOf(body: z.output<typeof createKeyBody>, nowMs: number): MintKey {
  const { name, role, prefix, user_name, expires_at, expires_in_days } = body;
  const days = expires_in_days ?? null;
  const expiresAt = expires_at ?? (days === null ? null : new Date(nowMs + days * DAY_MS).toISOString());
  const user = user_name === undefined ? {} : { userName: user_name };
  return { name, role, expiresAt, ...user, ...(prefix === undefined ? {} : { prefix }) };
}

function listRoute({ uses: { keys }, now }: KeyRouteDeps, { base, word }: Spelling): Route {
  return route(
    {
      method: "get",
      path: base,
      id: `list${word}s`,
      group,
      summary: "List keys, newest first, revoked ones too",
      access,
      query: recordQuery,
      responses: { 200: { description: "A page of keys", schema: keyList } },
    },
    async ({ principal, query }) =>
      answer(await keys.list(principal), (all) => {
        const found = all.filter(({ name }) => name.toLowerCase().includes((query.search ?? "").toLowerCase()));
        return json(
          200,
          envelopeOf(cutPage(found, query), query, (each) => encodeKey(each, now())),
        );
      }),
  );
}

function getRoute({ uses: { keys }, now }: KeyRouteDeps, { base, word }: Spelling): Route {
  return route(
    {
      method: "get",
      path: `${base}/{key_id}`,
      id: `get${word}`,
      group,
      summary: "Get what is known of a key",
      access,
      params: keyPath,
      responses: { 200: { description: "The key, without its text", schema: key } },
      refusals: ["not_found"],
    },
    async ({ principal, params }) =>
      answer(await keys.get(principal, params.key_id), (found) => json(200, encodeKey(found, now()))),
  );
}

function revokeRoute({ uses: { keys } }: KeyRouteDeps, { base, word }: Spelling): Route {
  return route(
    {
      method: "delete",
      path: `${base}/{key_id}`,
      id: `revoke${word}`,
      group,
      summary: "Revoke a key; its open streams end within 5 s",
      access,
      params: keyPath,
      responses: { 204: { description: "Revoked" } },
      refusals: ["not_found", "read_only"],
    },
    async ({ principal, params }) => answer(await keys.revoke(principal, params.key_id), () => empty(204)),
  );
}

export function encodeKey(view: KeyView, nowMs: number): Key {
  return {
    id: view.id,
    name: view.name,
    role: view.role,
    user_id: view.userId,
    session_id: view.sessionId,
    key_prefix: view.shownPrefix,
    source: view.source,
    status: statusOf(view, nowMs),
    created_at: view.createdAt,
    expires_at: view.expiresAt,
    revoked_at: view.revokedAt,
    last_used_at: view.lastUsedAt,
  };
}

function statusOf({ revokedAt, expiresAt }: KeyView, nowMs: number): Key["status"] {
  if (revokedAt !== null) return "revoked";
  return expiresAt !== null && Date.parse(expiresAt) <= nowMs ? "expired" : "active";
}

function encodeCreatedKey({ key: row, text }: MintedKey, nowMs: number): CreatedKey {
  return { ...encodeKey({ ...row, source: "minted" }, nowMs), key: text };
}
