/** Plain resources and API keys in memory. */
import type { KeyRow, KeyStore } from "../../../src/core/ports/keys.ts";
import type {
  RecordQuery,
  RecordResult,
  RecordRow,
  RecordStore,
  RecordWrite,
} from "../../../src/core/ports/records.ts";
import { fitOf, putFullText } from "./record-search.ts";
import { compareText, isoOf } from "./world.ts";
import type { World } from "./world.ts";

type Identity = Pick<RecordRow, "kind" | "id" | "workspaceId">;

function isSame(record: RecordRow, { kind, id, workspaceId }: Identity): boolean {
  return record.kind === kind && record.id === id && record.workspaceId === workspaceId;
}

function isNameTaken(world: World, row: RecordRow): boolean {
  if (row.name === null || row.archivedAt !== null) return false;
  return world.records.some(
    ({ kind, workspaceId, name, archivedAt, id }) =>
      kind === row.kind && workspaceId === row.workspaceId && name === row.name && archivedAt === null && id !== row.id,
  );
}

function put(world: World, record: RecordRow): RecordResult {
  if (isNameTaken(world, record)) return { kind: "name_taken" };
  world.records = [...world.records.filter((other) => !isSame(other, record)), record];
  return { kind: "written", record };
}

export function writeRecord(world: World, write: RecordWrite): RecordResult {
  const result = carryOut(world, write);
  if (result.kind === "written" && write.kind !== "delete") putFullText(world, result.record, write.fullText);
  return result;
}

function carryOut(world: World, write: RecordWrite): RecordResult {
  const now = isoOf(world.clock.now());
  if (write.kind === "create") {
    const { kind, id, workspaceId, name, body } = write.record;
    if (world.records.some((other) => other.kind === kind && other.id === id)) {
      throw new Error(`The ${kind} "${id}" has been made before`);
    }
    const times = { createdAt: now, updatedAt: now, archivedAt: null };
    return put(world, { kind, id, workspaceId, name, body, version: 1, ...times });
  }
  const record = world.records.find((other) => isSame(other, write.of));
  if (record === undefined) return { kind: "absent" };
  if (write.kind === "delete") {
    world.records = world.records.filter((other) => other !== record);
    return { kind: "deleted" };
  }
  if (write.version !== undefined && write.version !== record.version) return { kind: "version_conflict", record };
  const isArchived = write.isArchived ?? record.archivedAt !== null;
  return put(world, {
    ...record,
    name: write.name === undefined ? record.name : write.name,
    body: write.body,
    version: record.version + 1,
    updatedAt: now,
    archivedAt: isArchived ? (record.archivedAt ?? now) : null,
  });
}

function matches(record: RecordRow, query: RecordQuery): boolean {
  return (
    record.kind === query.kind &&
    (query.workspaceId === undefined || record.workspaceId === query.workspaceId) &&
    (query.includeArchived === true || record.archivedAt === null) &&
    (record.name ?? "").toLowerCase().includes((query.search ?? "").toLowerCase())
  );
}

function newestFirst(one: RecordRow, other: RecordRow): number {
  return compareText(other.createdAt, one.createdAt) || compareText(other.id, one.id);
}

export function memoryRecords(world: World): RecordStore {
  return {
    async writeRecord(write) {
      return writeRecord(world, write);
    },
    async readRecord(kind, id, workspaceId) {
      return world.records.find(
        (record) =>
          record.kind === kind && record.id === id && (workspaceId === undefined || record.workspaceId === workspaceId),
      );
    },
    async findRecordByName(kind, name, workspaceId) {
      return world.records.find(
        (record) =>
          record.kind === kind &&
          record.name === name &&
          record.workspaceId === workspaceId &&
          record.archivedAt === null,
      );
    },
    async listRecords({ offset = 0, limit, ...query }) {
      const found = world.records
        .filter((record) => matches(record, { ...query, limit }))
        .flatMap((record) => {
          const fit = fitOf(world, record, { ...query, limit });
          return fit === null ? [] : [{ record, fit }];
        })
        .toSorted((one, other) => other.fit - one.fit || newestFirst(one.record, other.record))
        .map(({ record }) => record);
      return { records: found.slice(offset, offset + limit), total: found.length };
    },
  };
}

export function memoryKeys({ clock, apiKeys }: World): KeyStore {
  return {
    async createKey(key) {
      const row: KeyRow = { ...key, createdAt: isoOf(clock.now()), revokedAt: null, lastUsedAt: null };
      apiKeys.set(row.id, row);
      return row;
    },
    async readKey(id) {
      return apiKeys.get(id);
    },
    async findKeyBySecret(secretSha256) {
      return apiKeys.values().find((key) => key.secretSha256 === secretSha256);
    },
    async listKeys(workspaceId) {
      return [...apiKeys.values()].filter((key) => key.workspaceId === workspaceId);
    },
    async revokeKey(id, workspaceId) {
      const key = apiKeys.get(id);
      if (key?.workspaceId !== workspaceId) return false;
      apiKeys.set(id, { ...key, revokedAt: key.revokedAt ?? isoOf(clock.now()) });
      return true;
    },
    async touchKey(id) {
      const key = apiKeys.get(id);
      if (key !== undefined) apiKeys.set(id, { ...key, lastUsedAt: isoOf(clock.now()) });
    },
  };
}
