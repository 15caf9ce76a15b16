/** The team's part of a write in memory: everything that could refuse it first, then the changes. */
import type { SessionId } from "../../../src/core/ids.ts";
import type { SessionWrite, WriteResult } from "../../../src/core/ports/store.ts";
import type { EditedPath, HookKey, TeamResult, TeamWrite } from "../../../src/core/ports/team.ts";
import { decideSteps } from "../../../src/core/team/decide-steps.ts";
import type { TeamChanges } from "../../../src/core/team/decide-steps.ts";
import { meet, nodeOf } from "../../../src/core/team/path-keys.ts";
import type { Reservation } from "../../../src/core/team/reservation.ts";
import { freeText, isFree } from "../../../src/core/team/waiting.ts";
import { shownRow, teamRows } from "./team-rows.ts";
import type { TeamWorld } from "./team-rows.ts";
import { asStored, isoOf } from "./world.ts";
import type { Stored, World } from "./world.ts";

export type TeamDecision = { readonly refused: WriteResult } | { readonly changes: TeamChanges };

export function decideTeam(world: World, { record }: Stored, write: SessionWrite): TeamDecision | undefined {
  const { team: part, sessionId } = write;
  if (part === undefined) return undefined;
  const { team } = world;
  const { workspaceId } = record;
  const other = conversationHolder(team, workspaceId, part);
  if (other !== undefined && other !== sessionId) {
    return { refused: { kind: "duplicate", bodyHash: "", madeId: other } };
  }
  const keys = [part.hookKey, part.unlessHeard];
  if (keys.some((key) => key !== undefined && isKnown(team, sessionId, key))) {
    return { refused: { kind: "hook_known" } };
  }
  const steps = part.reservations ?? [];
  if (steps.some(({ kind }) => kind === "take") && isOver(world, record, part)) {
    return { refused: { kind: "session_over" } };
  }
  const rows = teamRows(team, workspaceId);
  const decided = decideSteps(steps, { rows, workspaceId, sessionId, nowMs: world.clock.now() });
  return decided.kind === "changes" ? { changes: decided.changes } : { refused: decided };
}

function conversationHolder(team: TeamWorld, workspaceId: string, { presence }: TeamWrite) {
  if (presence?.agentType === undefined || presence.conversationId === undefined) return undefined;
  for (const [id, other] of team.presences) {
    const isSame = other.agentType === presence.agentType && other.conversationId === presence.conversationId;
    if (isSame && other.workspaceId === workspaceId) return id;
  }
  return undefined;
}

function isKnown({ hooks }: TeamWorld, sessionId: string, { toolUseId, moment }: HookKey): boolean {
  const same = hooks.filter((hook) => hook.sessionId === sessionId && hook.toolUseId === toolUseId);
  return same.some((hook) => hook.moment === moment || moment === "pre_tool");
}

function isOver({ team }: World, { id, facts }: Stored["record"], { presence }: TeamWrite): boolean {
  if (facts.lifecycle !== "open") return true;
  return presence?.isEnded !== false && (team.presences.get(id)?.endedAt ?? null) !== null;
}

export function applyTeam(world: World, { record }: Stored, write: SessionWrite, changes: TeamChanges): TeamResult {
  const { team: part, sessionId } = write;
  const { team } = world;
  if (part?.presence !== undefined) setPresence(world, record, part.presence);
  if (part?.hookKey !== undefined) noteHook(world, sessionId, part.hookKey);
  const isNewPrompt = part?.reservations?.some((step) => step.kind === "drop" && step.toolUseId === null) === true;
  if (isNewPrompt || changes.isOver) closeCalls(team, sessionId);
  const { workspaceId } = record;
  for (const row of changes.put) putRow(team, row);
  const gone = new Set(changes.freed.map(({ id }) => id));
  team.reservations = team.reservations.filter(({ id }) => !gone.has(id));
  for (const edit of changes.edits) countEdit(world, edit, record);
  if (changes.isOver) team.waiters = team.waiters.filter((waiter) => waiter.sessionId !== sessionId);
  for (const { paths, ...wish } of changes.waits) {
    for (const path of paths) addWaiter(team, { ...asStored(wish), path, workspaceId, sessionId });
  }
  for (const row of changes.freed) tellWaiters(world, row);
  for (const { to, text } of part?.notices ?? []) notify(world, to, text);
  const shown = new Set(part?.noticesShown ?? []);
  team.notices = team.notices.filter((notice) => notice.to !== sessionId || !shown.has(notice.id));
  const rows = teamRows(team, workspaceId);
  const granted = changes.granted.flatMap((id) => rows.byId(id) ?? []);
  return { granted, warnings: changes.warnings, freed: changes.freed.map((row) => shownRow(team, row)) };
}

function noteHook({ team, clock }: World, sessionId: SessionId, key: HookKey): void {
  if (key.moment !== "pre_tool") closeCalls(team, sessionId, key.toolUseId);
  team.hooks = [...team.hooks, { ...key, sessionId, atMs: clock.now(), isOpen: key.moment === "pre_tool" }];
}

function closeCalls({ hooks }: TeamWorld, sessionId: SessionId, toolUseId?: string): void {
  for (const hook of hooks) {
    if (hook.sessionId === sessionId && (toolUseId ?? hook.toolUseId) === hook.toolUseId) hook.isOpen = false;
  }
}

function putRow(team: TeamWorld, row: Reservation): void {
  const counter = `${row.workspaceId}\n${row.repository}`;
  const token = row.token === 0 ? (team.tokens.get(counter) ?? 0) + 1 : row.token;
  if (row.token === 0) team.tokens.set(counter, token);
  const others = team.reservations.filter(({ id }) => id !== row.id);
  team.reservations = [...others, asStored({ ...row, token })];
}

function countEdit({ team, clock }: World, { tree, path }: EditedPath, { id, workspaceId }: Stored["record"]): void {
  const key = `${workspaceId}\n${tree.repository}\n${path.key}`;
  const edits = (team.edits.get(key)?.edits ?? 0) + 1;
  team.edits.set(key, { edits, lastAt: isoOf(clock.now()), lastBy: id });
}

function addWaiter(team: TeamWorld, waiter: TeamWorld["waiters"][number]): void {
  const isSame = (other: TeamWorld["waiters"][number]) =>
    other.sessionId === waiter.sessionId &&
    other.tree.tree === waiter.tree.tree &&
    nodeOf(other.path.key) === nodeOf(waiter.path.key);
  team.waiters = [...team.waiters.filter((other) => !isSame(other)), waiter];
}

function tellWaiters(world: World, { workspaceId, repository, path }: Reservation): void {
  const { team } = world;
  const met = team.waiters.filter(
    (waiter) =>
      waiter.workspaceId === workspaceId &&
      waiter.tree.repository === repository &&
      meet(nodeOf(waiter.path.key), nodeOf(path.key)),
  );
  const rows = teamRows(team, workspaceId);
  for (const waiter of met) {
    if (!isFree(waiter, (wished) => rows.meeting(repository, wished), world.clock.now())) continue;
    team.waiters = team.waiters.filter((other) => other !== waiter);
    notify(world, waiter.sessionId, freeText(waiter.path));
  }
}

function notify({ team, clock }: World, to: TeamWorld["notices"][number]["to"], text: string): void {
  team.noticeCount++;
  team.notices = [...team.notices, { id: team.noticeCount, to, text, createdAt: isoOf(clock.now()) }];
}

function setPresence(
  { team, clock }: World,
  { id, workspaceId }: Stored["record"],
  change: NonNullable<TeamWrite["presence"]>,
): void {
  const { isEnded, ...facts } = asStored(change);
  const before = team.presences.get(id);
  const agentType = facts.agentType ?? before?.agentType;
  const conversationId = facts.conversationId ?? before?.conversationId;
  // What has no conversation of its own is no agent that reports.
  if (agentType === undefined || conversationId === undefined) return;
  const heardAt = isoOf(clock.now());
  const endedAt = isEnded === undefined ? (before?.endedAt ?? null) : isEnded ? heardAt : null;
  const unsaid = { task: null, currentFile: null, branch: null, headCommit: null, tree: null };
  const presence = { ...unsaid, ...before, ...facts, agentType, conversationId, heardAt, endedAt, workspaceId };
  team.presences.set(id, presence);
  const { tree } = presence;
  if (tree !== null) team.trees.set(`${workspaceId}\n${tree.host}\n${tree.root}`, { ...tree, workspaceId });
}
