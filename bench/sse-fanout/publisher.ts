/**
 * What both servers of this bench have in common: on word from the parent they publish `count` events at a rate, and say
 * what that cost them. The parent's messages and theirs are the two types below.
 */

export interface Publish {
  readonly kind: "publish";
  readonly count: number;
  readonly perSecond: number;
}

export interface Published {
  readonly kind: "published";
  readonly cpuMicroseconds: number;
  /** Of living objects; what the collector keeps for new ones depends on how fast the viewers came. */
  readonly liveBytes: number;
  readonly rssBytes: number;
}

export interface Publisher {
  /** Sends one event to every viewer. */
  publish(): void;
  viewers(): number;
}

/** Microseconds of the clock that all processes of a machine share. */
export function sharedMicroseconds(): number {
  return Math.round(Number(process.hrtime.bigint() / 1_000n));
}

/** How long after the last event the cost of its delivery is still counted. */
const SETTLE_MS = 300;

export function serve(url: string, publisher: Publisher): void {
  process.on("message", (message: Publish | { readonly kind: "viewers" }) => {
    if (message.kind === "viewers") process.send?.({ kind: "viewers", viewers: publisher.viewers() });
    else run(publisher, message);
  });
  process.on("SIGTERM", () => process.exit(0));
  process.send?.({ url });
}

function run(publisher: Publisher, { count, perSecond }: Publish): void {
  globalThis.gc?.();
  const before = process.cpuUsage();
  const startedAt = performance.now();
  let sent = 0;
  const tick = () => {
    // Late ticks are made up for, so that both servers send as many in the same time.
    const due = Math.min(count, Math.floor(((performance.now() - startedAt) / 1_000) * perSecond) + 1);
    for (; sent < due; sent++) publisher.publish();
    if (sent < count) setTimeout(tick, 1_000 / perSecond / 2);
    else setTimeout(finish, SETTLE_MS);
  };
  const finish = () => {
    const { user, system } = process.cpuUsage(before);
    globalThis.gc?.();
    const { heapUsed, external, rss } = process.memoryUsage();
    const published: Published = {
      kind: "published",
      cpuMicroseconds: user + system,
      liveBytes: heapUsed + external,
      rssBytes: rss,
    };
    process.send?.(published);
  };
  tick();
}
