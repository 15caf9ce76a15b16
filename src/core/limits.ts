/** The limits of a server, in the units their names say. Published at `GET /api/v1/limits`; each can be configured. */
export interface Limits {
  readonly bodyBytes: number;
  readonly fileBodyBytes: number;
  readonly messageBytes: number;
  readonly imagesPerMessage: number;
  /** Of all images of a message together. */
  readonly messageImagesBytes: number;
  readonly fileBytes: number;
  readonly sessionFilesBytes: number;
  readonly initialFiles: number;
  readonly initialFilesBytes: number;
  readonly toolResultBytes: number;
  /** Of one result that a client sends; what an event cannot hold of it is cut. */
  readonly clientToolResultBytes: number;
  /** Of one agent or session. */
  readonly clientTools: number;
  readonly toolPolicies: number;
  /** How long a question to a person stays open. */
  readonly approvalMs: number;
  /** How long a client may take for the calls that it was asked to carry out. */
  readonly toolResultsMs: number;
  readonly iterations: number;
  readonly toolCallsPerTurn: number;
  readonly tags: number;
  readonly tagLength: number;
  readonly titleLength: number;
  readonly systemPromptBytes: number;
  readonly capabilities: number;
  readonly queuedMessages: number;
  /** That one session has started, deleted ones left out. */
  readonly childSessions: number;
  /** How many sessions may stand one above the other; 1: none can start another. */
  readonly sessionDepth: number;
  /** How long a turn may wait for sessions that it started. */
  readonly sessionWaitMs: number;
  readonly pinnedSessions: number;
  /** Of one skill, SKILL.md among them. */
  readonly skillFiles: number;
  readonly skillBytes: number;
  /** Of SKILL.md alone. */
  readonly skillTextBytes: number;
  /** One commit holds them all, so others wait for it: 0.2 s for ten thousand. More than these would hold up the event loop. */
  readonly forkEvents: number;
  readonly forkBytes: number;
  readonly runningTurns: number;
  readonly eventTypesPerFilter: number;
  readonly jsonDepth: number;
  /** Of one object in a body: very many in one are slow to read. */
  readonly jsonKeys: number;
  /** Members and items of a body together. */
  readonly jsonValues: number;
}

export const defaultLimits: Limits = {
  bodyBytes: 1024 * 1024,
  fileBodyBytes: 32 * 1024 * 1024,
  messageBytes: 256 * 1024,
  imagesPerMessage: 20,
  // Vendors take requests of 20 to 50 MB, and base64 makes a third more of it.
  messageImagesBytes: 30 * 1000 * 1000,
  fileBytes: 100 * 1000 * 1000,
  sessionFilesBytes: 500 * 1000 * 1000,
  initialFiles: 100,
  initialFilesBytes: 5 * 1000 * 1000,
  toolResultBytes: 64 * 1024,
  clientToolResultBytes: 100 * 1000,
  clientTools: 50,
  toolPolicies: 100,
  approvalMs: 24 * 60 * 60 * 1000,
  toolResultsMs: 5 * 60 * 1000,
  iterations: 100,
  toolCallsPerTurn: 1000,
  tags: 25,
  tagLength: 100,
  titleLength: 200,
  systemPromptBytes: 1024 * 1024,
  capabilities: 250,
  queuedMessages: 100,
  childSessions: 100,
  sessionDepth: 3,
  sessionWaitMs: 24 * 60 * 60 * 1000,
  pinnedSessions: 500,
  skillFiles: 200,
  skillBytes: 10 * 1000 * 1000,
  skillTextBytes: 256 * 1024,
  forkEvents: 40_000,
  forkBytes: 64 * 1024 * 1024,
  runningTurns: 64,
  eventTypesPerFilter: 25,
  jsonDepth: 64,
  jsonKeys: 10_000,
  jsonValues: 100_000,
};
