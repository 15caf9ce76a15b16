/** What `serai/client` publishes. */
export { Serai } from "./serai.ts";
export type { SeraiOptions } from "./serai.ts";
export { SeraiConnectionError, SeraiError } from "./errors.ts";
export type { Problem } from "./errors.ts";
export type { StreamConnection, StreamOptions, StreamSettings } from "./event-stream.ts";
export type { Agents, Capabilities, Harnesses, ListArchivable } from "./agents.ts";
export type { Events, ListEvents } from "./events.ts";
export type { Keys } from "./keys.ts";
export type { MessageQueue, Messages } from "./messages.ts";
export type { Models, Providers } from "./providers.ts";
export type { FileContent, ReadOptions, SessionFs } from "./session-fs.ts";
export type { ListSessions, Sessions } from "./sessions.ts";
export type { TransportOptions } from "./transport.ts";
export type * from "./shapes.ts";
