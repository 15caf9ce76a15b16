/** Short texts that a session's agent keeps under keys, and the people of its workspace can read. */
import type { MintId } from "../../core/ids.ts";
import type { KeyValue } from "../../core/ports/tools.ts";
import { sessionValuesBody } from "../../core/records/session-storage.ts";
import type { SessionValuesBody } from "../../core/records/session-storage.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { makeSessionEntries } from "./session-record.ts";
import type { SessionPlace, SessionRecordDeps } from "./session-record.ts";

export type SessionValue = SessionValuesBody["entries"][number];

export interface SessionValues {
  list(place: SessionPlace): Promise<readonly SessionValue[]>;
  /** As the session's tools have them. */
  portOf(place: SessionPlace): KeyValue;
  copy(place: SessionPlace, to: SessionPlace["sessionId"]): Promise<void>;
  erase(sessionId: SessionPlace["sessionId"]): Promise<void>;
}

const KEY = /^[\w.:/@-]{1,200}$/;
/** Of all keys and values of a session: they are one record, written anew with every change. */
const MAX_BYTES = 256 * 1024;

export interface SessionValuesDeps {
  readonly store: SessionRecordDeps<SessionValue>["store"];
  readonly mint: MintId;
  readonly now: () => number;
}

export function makeSessionValues({ store, mint, now }: SessionValuesDeps): SessionValues {
  const entries = makeSessionEntries({ store, mint, kind: "session_values", schema: sessionValuesBody });
  return {
    list: (place) => entries.read(place),
    async copy(place, to) {
      const values = await entries.read(place);
      if (values.length > 0) await entries.change({ ...place, sessionId: to }, () => accept(values));
    },
    erase: (sessionId) => entries.erase(sessionId),
    portOf: (place) => ({
      list: async () => (await entries.read(place)).map(({ key, value }) => ({ key, value })),
      async set(key, value) {
        const time = new Date(now()).toISOString();
        return said(await entries.change(place, (before) => withValue(before, { key, value, time })));
      },
      async remove(key) {
        const before = await entries.read(place);
        if (!before.some((entry) => entry.key === key)) return false;
        await entries.change(place, (kept) => accept(kept.filter((entry) => entry.key !== key)));
        return true;
      },
    }),
  };
}

function withValue(
  before: readonly SessionValue[],
  { key, value, time }: { readonly key: string; readonly value: string; readonly time: string },
): Outcome<readonly SessionValue[]> {
  if (!KEY.test(key)) {
    const reason = "must be 1 to 200 letters, digits and _ . : / @ -";
    return refuse({ code: "invalid_input", path: "/key", reason });
  }
  const created_at = before.find((entry) => entry.key === key)?.created_at ?? time;
  const others = before.filter((entry) => entry.key !== key);
  const after = [...others, { key, value, created_at, updated_at: time }];
  if (Buffer.byteLength(JSON.stringify(after)) <= MAX_BYTES) return accept(after);
  const reason = `is too large: all values of a session together may have ${MAX_BYTES} bytes; keep more in a file`;
  return refuse({ code: "invalid_input", path: "/value", reason });
}

function said(outcome: Outcome<unknown>): Awaited<ReturnType<KeyValue["set"]>> {
  if (outcome.ok) return { ok: true };
  const { refusal } = outcome;
  return {
    ok: false,
    reason: refusal.code === "invalid_input" ? `${refusal.path.slice(1)} ${refusal.reason}` : refusal.code,
  };
}
