/** Reading logs in memory. */
import type { LogLine } from "../../../src/core/events/envelope.ts";
import type { LogPage, LogRead, SessionReads } from "../../../src/core/ports/store.ts";
import type { World } from "./world.ts";

type Filter = Pick<LogRead, "types" | "exclude">;
type LogReads = Pick<SessionReads, "readLog" | "readLogBack" | "countEvents" | "countEventTypes" | "findEvent">;

function isWanted({ type }: LogLine, { types, exclude }: Filter): boolean {
  return (types?.includes(type) ?? true) && !(exclude?.includes(type) ?? false);
}

function sizeOf({ contextJson, dataJson }: LogLine): number {
  return Buffer.byteLength(contextJson) + Buffer.byteLength(dataJson);
}

function readPage(log: readonly LogLine[], headSeq: number, read: LogRead): LogPage {
  const lines: LogLine[] = [];
  let bytes = 0;
  let through = read.after;
  for (const line of log) {
    if (line.seq <= read.after) continue;
    if (isWanted(line, read)) {
      bytes += sizeOf(line);
      const isOver = lines.length > 0 && bytes > (read.maxBytes ?? Infinity);
      if (isOver || lines.length >= read.limit) return { lines, through, headSeq };
      lines.push(line);
    }
    through = line.seq;
  }
  return { lines, through: headSeq, headSeq };
}

export function memoryLog({ sessions }: World): LogReads {
  const logOf = (id: LogRead["sessionId"]) => sessions.get(id)?.log ?? [];
  return {
    async readLog(read) {
      return readPage(logOf(read.sessionId), sessions.get(read.sessionId)?.record.head.seq ?? 0, read);
    },
    async readLogBack({ sessionId, before = Infinity, limit, ...filter }) {
      const matching = logOf(sessionId).filter((line) => line.seq < before && isWanted(line, filter));
      return matching.slice(Math.max(0, matching.length - limit));
    },
    async countEvents(id, filter) {
      return logOf(id).filter((line) => isWanted(line, filter)).length;
    },
    async countEventTypes(id) {
      const byType = Map.groupBy(logOf(id), ({ type }) => type);
      return new Map([...byType].map(([type, lines]) => [type, lines.length]));
    },
    async findEvent(id, eventId) {
      return logOf(id).find((line) => line.id === eventId)?.seq;
    },
  };
}
