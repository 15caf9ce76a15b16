/** Which of the agents that are programs of their own this machine has, and how they would run here. */
import type { HarnessName } from "../session-words.ts";

export interface AgentProgram {
  /** What a session is made with to have its turns carried out by it. */
  readonly harness: HarnessName;
  readonly title: string;
  /** Null: there is none. */
  readonly path: string | null;
  readonly args: readonly string[];
  /** Of the package that it was installed with; null where nothing says. */
  readonly version: string | null;
  /** Named by the configuration, not looked for. */
  readonly isConfigured: boolean;
  /** Why there is none, and what to do. */
  readonly missing: string | null;
  /** The command that installs it. */
  readonly install: string;
}

export interface Isolation {
  readonly kind: "bubblewrap" | "none";
  /** Why there is none. */
  readonly why: string | null;
}

/** Contract: looks only, starts no agent; what it finds may be gone the next moment. */
export interface AgentPrograms {
  list(): Promise<readonly AgentProgram[]>;
  isolation(): Promise<Isolation>;
}
