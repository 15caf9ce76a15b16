/** Agen's two axes: `status` from the life of the session, `agent_status` from what its agent does (ruling 24). */
import type { StatusRow } from "../../core/status.ts";

export const agenWords = ["created", "active", "paused", "completed", "failed", "killed"] as const;
export type AgenStatus = (typeof agenWords)[number];

export const agenStatuses: readonly StatusRow<AgenStatus>[] = [
  { word: "killed", when: { kind: "facts", tests: { lifecycle: ["killed"] } } },
  { word: "failed", when: { kind: "facts", tests: { lifecycle: ["failed"] } } },
  { word: "completed", when: { kind: "facts", tests: { lifecycle: ["completed"] } } },
  { word: "paused", when: { kind: "facts", tests: { hold: ["person", "budget"] } } },
  { word: "created", when: { kind: "facts", tests: { hasTurns: false, turn: ["none"] } } },
  { word: "active", when: { kind: "facts", tests: {} } },
];
