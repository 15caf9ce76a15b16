/** From reservations to the native wire, and from a body to where its paths are. */
import type { AskedPaths } from "../../app/team/asked-tree.ts";
import type { Checked } from "../../app/team/check-reservations.ts";
import type { ListedReservation } from "../../app/team/list-reservations.ts";
import { given } from "../../lib/given.ts";
import type { NativeReservation } from "./schema/reservation.ts";

export function encodeReservation({ reservation: row, holder }: ListedReservation): NativeReservation {
  return {
    id: row.id,
    session_id: row.sessionId,
    holder_id: row.holderId,
    repository: row.repository,
    tree: row.tree,
    path: row.path.path,
    is_directory: row.path.isDirectory,
    mode: row.mode,
    branch: row.branch,
    token: row.token,
    is_provisional: row.provisionalFor.length > 0,
    user_name: holder?.name ?? null,
    agent_name: holder?.agent ?? null,
    task: holder?.task ?? null,
    ttl_ms: row.ttlMs,
    taken_at: row.takenAt,
    edited_at: row.editedAt,
    expires_at: row.expiresAt,
    open_until: row.openUntil,
  };
}

interface PlaceBody {
  readonly repository?:
    | string
    | {
        readonly root?: string | undefined;
        readonly common_dir?: string | undefined;
        readonly origin?: string | undefined;
        readonly host?: string | undefined;
        readonly branch?: string | undefined;
        readonly ignore_case?: boolean | undefined;
      }
    | undefined;
  readonly cwd?: string | undefined;
  readonly branch?: string | undefined;
}

export function placeOf({ repository, cwd, branch }: PlaceBody): Omit<AskedPaths, "paths"> {
  const rest = given({ cwd, branch });
  if (repository === undefined) return rest;
  if (typeof repository === "string") return { ...rest, repository };
  const { root, common_dir: commonDir, origin, host, branch: ofTree, ignore_case: ignoresCase } = repository;
  return { ...rest, report: given({ root, commonDir, origin, host, branch: ofTree, ignoresCase }) };
}

/** For scripts: the word, then a message a line. */
export function checkText({ permission, paths }: Checked): string {
  const messages = paths.flatMap(({ message }) => (message === null ? [] : [message]));
  return `${[permission, ...messages].join("\n")}\n`;
}
