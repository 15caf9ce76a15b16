/**
 * What `serai/client` publishes: the client, and its parts for pages that bundle no more than they use:
 *
 *     const sessions = makeSessions(makeTransport({ baseUrl: "" }));
 */
export { Serai } from "./serai.ts";
export type { SeraiOptions } from "./serai.ts";
export { SeraiConnectionError, SeraiError } from "./errors.ts";
export type { Problem } from "./errors.ts";
export type { StreamConnection, StreamOptions, StreamSettings } from "./event-stream.ts";
export type { Agents, Capabilities, Harnesses, ListArchivable } from "./agents.ts";
export type { Events, ListEvents } from "./events.ts";
export type { Keys } from "./keys.ts";
export type { MessageQueue, Messages, WaitForTurn } from "./messages.ts";
export type { Models, Providers } from "./providers.ts";
export type { FileContent, ReadOptions, SessionFs } from "./session-fs.ts";
export type { ListSessions, Sessions } from "./sessions.ts";
export { makeAgents, makeCapabilities, makeHarnesses } from "./agents.ts";
export { makeApprovals, makeToolResults } from "./approvals.ts";
export type { Approvals, ListApprovals, ToolResults } from "./approvals.ts";
export { makeDecisions } from "./decisions.ts";
export type { Decisions, ListDecisions } from "./decisions.ts";
export { makeFeed } from "./feed.ts";
export type { Feed, FollowFeed, ListFeed } from "./feed.ts";
export { makeReservations } from "./reservations.ts";
export type { ListReservations, PathsPlace, Reservations, TakePaths } from "./reservations.ts";
export { makeTeam } from "./team.ts";
export type { Team } from "./team.ts";
export { makeImages } from "./images.ts";
export type { Images, UploadImage } from "./images.ts";
export { makeSessionFs } from "./session-fs.ts";
export { makeSessions } from "./sessions.ts";
export { makeTransport } from "./transport.ts";
export type { Transport, TransportOptions } from "./transport.ts";
export type * from "./shapes.ts";
export type * from "./team-shapes.ts";
