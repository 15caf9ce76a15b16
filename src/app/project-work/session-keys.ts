/**
 * Keys with which the agents of sessions call Serai's own tools: one for each session while its program may run, of the
 * user who made the session, bound to it (H10), and gone with it. What a crash leaves is good for a day at most.
 */
import type { McpServerInput } from "../../core/ports/harness.ts";
import type { KeyId, SessionId } from "../../core/ids.ts";
import type { SessionRecord } from "../../core/session.ts";
import type { Keys } from "../keys/keys.ts";
import type { Principal } from "../principal.ts";

export interface SessionKeysDeps {
  readonly keys: Pick<Keys, "mint" | "revoke">;
  readonly now: () => number;
  /** Of this server; null while nobody can reach it. */
  readonly serverUrl: () => string | null;
}

interface Held {
  readonly keyId: KeyId;
  readonly text: string;
  readonly until: number;
  readonly owner: Principal;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const RENEW_MS = 12 * 60 * 60 * 1000;

export class SessionKeys {
  readonly #deps: SessionKeysDeps;
  readonly #held = new Map<SessionId, Held>();

  constructor(deps: SessionKeysDeps) {
    this.#deps = deps;
  }

  /** None for a session that nobody has made, or while the server has no address. */
  async serversOf(record: SessionRecord): Promise<readonly McpServerInput[]> {
    const url = this.#deps.serverUrl();
    const text = url === null ? null : await this.#keyOf(record);
    if (url === null || text === null) return [];
    return [
      { name: "serai", url: `${url}/mcp`, headers: { Authorization: `Bearer ${text}`, "X-Serai-Session": record.id } },
    ];
  }

  async revoke(sessionId: SessionId): Promise<void> {
    const held = this.#held.get(sessionId);
    this.#held.delete(sessionId);
    if (held !== undefined) await this.#deps.keys.revoke(held.owner, held.keyId);
  }

  async #keyOf({ id, workspaceId, createdBy }: SessionRecord): Promise<string | null> {
    if (createdBy === null) return null;
    const { keys, now } = this.#deps;
    const held = this.#held.get(id);
    if (held !== undefined && held.until - now() > RENEW_MS) return held.text;
    const until = now() + DAY_MS;
    const owner: Principal = { workspaceId, userId: createdBy, keyId: null, role: "owner" };
    const expiresAt = new Date(until).toISOString();
    const minted = await keys.mint(owner, { name: `Session ${id}`, role: "member", expiresAt, sessionId: id });
    if (!minted.ok) return null;
    this.#held.set(id, { keyId: minted.value.key.id, text: minted.value.text, until, owner });
    return minted.value.text;
  }
}
