/** Who works on what: those that are at work, and those that hold files though nothing is heard of them. */
import type { Serai } from "../client/serai.ts";
import type { Reservation } from "../client/team-shapes.ts";

export interface HeldFile {
  readonly reservationId: string;
  readonly path: string;
  readonly mode: string;
  readonly expiresAt: string;
  readonly openUntil: string | null;
}

export interface WhoRow {
  readonly sessionId: string;
  readonly userName: string | null;
  readonly agentName: string;
  readonly task: string | null;
  readonly repository: string | null;
  readonly branch: string | null;
  readonly currentFile: string | null;
  readonly needs: readonly string[];
  readonly isWorking: boolean;
  /** Null: nothing was heard for five minutes. */
  readonly heardAt: string | null;
  readonly held: readonly HeldFile[];
}

export async function readWho(serai: Serai): Promise<readonly WhoRow[]> {
  const [members, bySession] = await Promise.all([serai.team.list(), readHeld(serai)]);
  const rows = members.map(({ heldPaths: _, harness: __, ...member }): WhoRow => ({
    ...member,
    held: (bySession.get(member.sessionId) ?? []).map(heldFile),
  }));
  const present = new Set(members.map(({ sessionId }) => sessionId));
  const silent = [...bySession].filter(([id]) => !present.has(id)).map(([, held]) => silentRow(held));
  return [...rows.toSorted((a, b) => rankOf(a) - rankOf(b)), ...silent.flat()];
}

/** Those that wait for a person first. */
function rankOf({ needs, isWorking }: WhoRow): number {
  return needs.length > 0 ? 0 : isWorking ? 1 : 2;
}

async function readHeld(serai: Serai): Promise<ReadonlyMap<string, readonly Reservation[]>> {
  const all: Reservation[] = [];
  for await (const reservation of serai.reservations.all()) all.push(reservation);
  return Map.groupBy(all, ({ sessionId }) => sessionId);
}

/** Past its own end it lasts as long as a tool call of its holder is open. */
function heldFile({ id, path, mode, expiresAt, openUntil }: Reservation): HeldFile {
  return { reservationId: id, path, mode, expiresAt, openUntil };
}

function silentRow(held: readonly Reservation[]): readonly WhoRow[] {
  const [first] = held;
  if (first === undefined) return [];
  const { sessionId, userName, agentName, task, repository, branch } = first;
  return [
    {
      ...{ sessionId, userName, task, repository, branch },
      agentName: agentName ?? "an agent",
      currentFile: null,
      needs: [],
      isWorking: false,
      heardAt: null,
      held: held.map(heldFile),
    },
  ];
}
