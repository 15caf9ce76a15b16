/** What the harness of spawned agents is made of, and how long it waits for what. No behaviour. */
import type { McpServerInput } from "../../core/ports/harness.ts";
import type { HarnessName } from "../../core/session-words.ts";
import type { EventData } from "../../core/events/envelope.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { HeldNames } from "../../lib/held-names.ts";

export interface ShownFile {
  /** Absolute, without links. */
  readonly path: string;
  readonly text: string;
}

export interface AcpTimes {
  /** From the start of the program to its first answer. */
  readonly startMs: number;
  /** A new or loaded conversation, and each setting of it. */
  readonly requestMs: number;
  /** A prompt in which nothing at all happens; questions that wait for a person do not count. */
  readonly silenceMs: number;
  /** From a cancel to the end of the prompt; then the program is ended. */
  readonly cancelMs: number;
  /** What a program whose input is closed has to end by itself. */
  readonly graceMs: number;
  /** A program without work is ended after this, and started again by the next turn. */
  readonly idleMs: number;
  /** After a conversation was loaded: until nothing was said for so long, late replays are waited for. */
  readonly settleMs: number;
}

export const defaultTimes: AcpTimes = {
  startMs: 60_000,
  requestMs: 60_000,
  silenceMs: 30 * 60_000,
  cancelMs: 2_000,
  graceMs: 1_000,
  idleMs: 15 * 60_000,
  settleMs: 100,
};

export interface AcpOptions {
  readonly clock: Clock;
  /** For marks on processes and ids that an agent used twice. Contract: in [0, 1). */
  readonly random: () => number;
  /** This process's, from which a program is given what finds and speaks: PATH, locale, proxies. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Settings of an agent's vendor that the configuration has, by their names in the agent's environment. */
  readonly keysOf?: (harness: HarnessName) => Readonly<Record<string, string>>;
  /** Folders beside which a `node_modules/.bin` may be. */
  readonly folders?: readonly string[];
  /** Folders that no isolated agent may see: keys, other sessions' data. */
  readonly hidden?: readonly string[];
  /** Files that isolated agents see with another text, by the servers of tools that an agent is given. */
  readonly shown?: (servers: readonly McpServerInput[]) => readonly ShownFile[];
  /** Holds names in the checkouts of isolated agents. */
  readonly names: HeldNames;
  /** Off: no sandbox is looked for. */
  readonly hasSandbox?: boolean;
  readonly times?: Partial<AcpTimes>;
  /** Standard error of agents and warnings; never a key. */
  readonly log?: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  /** A program ended while no turn of its session ran; else its end is among the facts of the turn. */
  readonly onIdleExit?: (sessionId: string, exited: EventData<"process.exited">) => void;
}
