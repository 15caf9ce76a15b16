/** Keys, and who one is. The text of a key is in one answer, the one that made it. */
import type { CreatedKey as WireCreatedKey, KeyList as WireKeyList, Me as WireMe } from "../doors/native/schema/key.ts";
import type { Workspace as WireWorkspace } from "../doors/native/schema/key.ts";
import type { CreatedKey, CreateKey, KeyList, Me, PageQuery, Workspace } from "./shapes.ts";
import type { Transport } from "./transport.ts";

export interface Keys {
  list(query?: PageQuery): Promise<KeyList>;
  create(key: CreateKey): Promise<CreatedKey>;
  /** Streams that were opened with it end within seconds. */
  revoke(keyId: string): Promise<void>;
}

export function makeKeys({ json, empty }: Transport): Keys {
  return {
    list: (query) => json<WireKeyList>({ method: "GET", path: "/keys", query: { ...query } }),
    create: (key) => json<WireCreatedKey>({ method: "POST", path: "/keys", json: key }),
    revoke: (keyId) => empty({ method: "DELETE", path: `/keys/${encodeURIComponent(keyId)}` }),
  };
}

/** The one that the key belongs to. */
export async function readWorkspace(transport: Transport): Promise<Workspace> {
  const { workspaceId } = await readMe(transport);
  return transport.json<WireWorkspace>({ method: "GET", path: `/workspaces/${encodeURIComponent(workspaceId)}` });
}

export function readMe({ json }: Transport): Promise<Me> {
  return json<WireMe>({ method: "GET", path: "/auth/me" });
}
