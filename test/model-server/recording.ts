// The requests a server has seen and what became of each, for tests to look at and to wait for.
// Invariant: an outcome changes once, from `open`; `aborted` means the client went away before the end and nothing else.
import type { ModelRequest, ProtocolName } from "./exchange.ts";
import type { Operation } from "./routes.ts";

export type Outcome = "open" | "answered" | "aborted" | "cut" | "stopped";

export interface RecordedRequest {
  readonly number: number;
  readonly protocol: ProtocolName;
  readonly operation: Operation | "unknown";
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Absent where the body was malformed or the operation takes none. */
  readonly request?: ModelRequest;
  readonly startedAt: Date;
  /** 0 until headers are sent. */
  readonly status: number;
  readonly chunksSent: number;
  readonly outcome: Outcome;
  readonly endedAt?: Date;
}

export type Draft = Omit<RecordedRequest, "number" | "startedAt" | "status" | "chunksSent" | "outcome" | "endedAt">;
export type Progress = Partial<Pick<RecordedRequest, "status" | "chunksSent" | "outcome">>;

export interface Recording {
  readonly requests: readonly RecordedRequest[];
  readonly begin: (draft: Draft) => (progress: Progress) => void;
  readonly waitFor: (
    predicate: (request: RecordedRequest) => boolean,
    options?: { timeoutMs?: number },
  ) => Promise<RecordedRequest>;
}

const DEFAULT_WAIT_MS = 10_000;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function describe(requests: readonly RecordedRequest[]): string {
  const lines = requests.map((each) => `${each.path} ${each.status} ${each.outcome} after ${each.chunksSent} chunks`);
  return lines.length === 0 ? "none" : lines.join("; ");
}

function openEntry(draft: Draft, number: number): Mutable<RecordedRequest> {
  return { ...draft, number, startedAt: new Date(), status: 0, chunksSent: 0, outcome: "open" };
}

/** @param keep how many requests are kept, the oldest dropped first; load tests want few. */
export function openRecording(keep: number): Recording {
  const requests: RecordedRequest[] = [];
  const watchers = new Set<() => void>();
  let total = 0;

  const notify = (): void => {
    for (const watch of watchers) watch();
  };

  const begin: Recording["begin"] = (draft) => {
    total += 1;
    const entry = openEntry(draft, total);
    if (keep > 0) requests.push(entry);
    if (requests.length > keep) requests.shift();
    notify();
    return (progress) => {
      if (entry.outcome !== "open") return;
      Object.assign(entry, progress);
      if (entry.outcome !== "open") entry.endedAt = new Date();
      notify();
    };
  };

  const waitFor: Recording["waitFor"] = (predicate, { timeoutMs = DEFAULT_WAIT_MS } = {}) => {
    const { promise, resolve, reject } = Promise.withResolvers<RecordedRequest>();
    const look = (): void => {
      const found = requests.find(predicate);
      if (found !== undefined) resolve(found);
    };
    const timer = setTimeout(() => {
      reject(new Error(`No request is as expected after ${timeoutMs} ms; seen: ${describe(requests)}`));
    }, timeoutMs);
    watchers.add(look);
    look();
    return promise.finally(() => {
      clearTimeout(timer);
      watchers.delete(look);
    });
  };

  return { requests, begin, waitFor };
}
