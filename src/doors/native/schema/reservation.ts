/** Reservations on the native wire. */
import { z } from "zod";
import {
  branchPolicies,
  MAX_RESERVATION_TTL_MS,
  RESERVATION_TTL_MS,
  reservationModes,
} from "../../../core/team/reservation.ts";
import { plainText } from "../../../http/input.ts";

const text = (maxLength: number) => plainText(z.string().max(maxLength));

export const reservation = z
  .object({
    id: z.string(),
    session_id: z.string(),
    holder_id: z.string().describe("The session at the top of those that share it"),
    repository: z.string(),
    tree: z.string().describe("The working tree in which the path is"),
    path: z.string(),
    is_directory: z.boolean(),
    mode: z.enum(reservationModes),
    branch: z.string().nullable(),
    token: z.int().describe("Grows with every grant in the repository, for ever"),
    is_provisional: z.boolean().describe("Granted for a tool call that has not yet succeeded"),
    user_name: z.string().nullable(),
    agent_name: z.string().nullable(),
    task: z.string().nullable(),
    ttl_ms: z.int(),
    taken_at: z.iso.datetime(),
    edited_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
    open_until: z.iso.datetime().nullable().describe("Kept so long at most by a tool call that is open"),
  })
  .meta({ id: "Reservation" });
export type NativeReservation = z.output<typeof reservation>;

export const reservationList = z
  .object({
    data: z.array(reservation),
    limit: z.int(),
    has_more: z.boolean(),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: "ReservationList" });

export const treeFacts = z
  .object({
    root: text(4_096).optional().describe("Top level of the working tree"),
    common_dir: text(4_096).optional(),
    origin: text(4_096).optional().describe("The remote's URL"),
    host: text(200).optional().describe("Names the machine"),
    branch: text(500).optional(),
    ignore_case: z.boolean().optional(),
  })
  .meta({ id: "WorkingTree", description: "What is known of a working tree; its paths are resolved by these facts" });

const MOST_TAKEN = 200;
const MOST_CHECKED = 10_000;

/** Absent: the tree that the session's agent has told of, else the workspace's one. */
const place = {
  repository: z
    .union([text(500), treeFacts])
    .optional()
    .describe("A working tree's facts, or a repository's name or URL"),
  cwd: text(4_096).optional().describe("What relative paths begin at, if it is not the root"),
  branch: text(500).optional(),
};
const policy = z
  .enum(branchPolicies)
  .optional()
  .describe("What others' holds on other branches mean; else the workspace's");
const session = z.string().max(100);
const paths = (most: number) => z.array(text(4_096)).min(1).max(most);
const ttl = z.int().min(1_000).max(MAX_RESERVATION_TTL_MS);

export const takeBody = z
  .object({
    session_id: session,
    paths: paths(MOST_TAKEN).describe("A directory ends in a slash"),
    mode: z.enum(reservationModes).default("exclusive"),
    ttl_ms: ttl.default(RESERVATION_TTL_MS),
    policy,
    ...place,
  })
  .meta({ id: "TakeReservations" });

export const taken = z
  .object({
    data: z.array(reservation),
    warnings: z.array(z.string()).describe("Others work on the same on other branches"),
  })
  .meta({ id: "TakenReservations" });

export const renewBody = z.object({ ttl_ms: ttl.default(RESERVATION_TTL_MS) }).meta({ id: "RenewReservation" });

export const releaseBody = z
  .object({
    session_id: session,
    paths: paths(MOST_TAKEN).optional().describe("Absent: everything that the session holds"),
    ...place,
  })
  .meta({ id: "ReleaseReservations" });

export const released = z.object({ data: z.array(reservation) }).meta({ id: "ReleasedReservations" });

export const checkBody = z
  .object({
    session_id: session.optional(),
    conversation_id: text(500).optional().describe("The agent's own id of its conversation"),
    paths: paths(MOST_CHECKED),
    policy,
    ...place,
  })
  .meta({ id: "CheckReservations" });

export const checked = z
  .object({
    data: z.array(
      z.object({ path: z.string(), permission: z.enum(["allow", "warn", "deny"]), message: z.string().nullable() }),
    ),
    permission: z.enum(["allow", "deny"]),
  })
  .meta({ id: "CheckedReservations" });

export const waitBody = z
  .object({ session_id: session, paths: paths(MOST_TAKEN), policy, ...place })
  .meta({ id: "WaitForReservations" });

export const waiting = z
  .object({
    waiting_for: z.array(z.string()).describe("The session's agent is told when they are free, once"),
    free: z.array(z.string()),
  })
  .meta({ id: "WaitingForReservations" });

export type ReservationList = z.output<typeof reservationList>;
export type TakenReservations = z.output<typeof taken>;
export type ReleasedReservations = z.output<typeof released>;
export type CheckedReservations = z.output<typeof checked>;
export type WaitingForReservations = z.output<typeof waiting>;
