/** Who asks: found by `http/` from a key, handed to every use case, so that no query can forget its workspace. */
import type { KeyId, SessionId, UserId, WorkspaceId } from "../core/ids.ts";
import type { Role } from "../core/ports/keys.ts";

export interface Principal {
  readonly workspaceId: WorkspaceId;
  readonly userId: UserId;
  readonly keyId: KeyId | null;
  readonly role: Role;
  /** The key is of this session's program: it acts for no other, and opens what says that it does (H10). */
  readonly boundTo?: SessionId;
}
