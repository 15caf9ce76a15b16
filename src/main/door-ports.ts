/** Doors that stand on a port of their own, at the root, for clients that cannot set a path (D2). */
import type { Door } from "../http/door.ts";
import { makeHttpApp } from "../http/app.ts";
import type { HttpDeps } from "../http/deps.ts";
import { openHttpServer } from "../http/server.ts";
import type { Streams } from "../http/sse/streams.ts";
import type { Closers } from "../lib/closers.ts";
import type { ServeSettings } from "./config.ts";
import type { DoorName } from "./door-settings.ts";

export interface DoorPortsDeps {
  readonly settings: Pick<ServeSettings, "host" | "doorPorts">;
  readonly doors: readonly Door[];
  readonly http: HttpDeps;
  readonly streams: Streams;
  readonly closers: Pick<Closers, "use">;
}

export interface DoorUrl {
  readonly door: DoorName;
  readonly url: string;
}

export async function openDoorPorts({ settings, doors, http, streams, closers }: DoorPortsDeps) {
  const urls: DoorUrl[] = [];
  for (const { door: name, port } of settings.doorPorts) {
    const door = doors.find((each) => each.name === name);
    if (door === undefined) throw new Error(`There is no door "${name}" to open on port ${port}`);
    const app = makeHttpApp([{ ...door, prefixes: door.ownPrefixes ?? door.prefixes }], http);
    const server = closers.use(await openHttpServer({ app, host: settings.host, port, streams }));
    urls.push({ door: name, url: server.url });
  }
  return urls;
}
