/**
 * A session's working tree as the tools of a hosted agent have it. Who writes takes a reservation first and is fenced by
 * it (R10); who runs a command is held in a sandbox, or is told that there is none.
 *
 * Contract, for every method: a "no" that the model can act on is a result; a throw is a fault. Paths begin at the top of
 * the tree or are absolute in it, never lead out of it, and never into git's own folder.
 */
import type { FileDiff } from "./checkouts.ts";
import type { NetworkAccess } from "./network-access.ts";
import type { SessionFiles } from "./session-files.ts";

export interface CheckoutTools {
  readonly files: CheckoutFiles;
  readonly shell: CheckoutShell;
  readonly git: CheckoutGit;
}

export type CheckoutAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string };

export interface CheckoutChange {
  readonly callId: string;
  /** The one that the work may write or remove. */
  readonly path: string;
  /** It is taken away, and if it is a link, the link. */
  readonly isRemoval?: boolean;
  /** Aborted, the change does not come to count any more. */
  readonly signal?: AbortSignal;
}

export type CheckoutChanged<T> =
  | { readonly kind: "refused"; readonly reason: string }
  /** By an earlier run of the same call, of which a crash took the result. */
  | { readonly kind: "done_before"; readonly path: string }
  | { readonly kind: "ran"; readonly result: T; readonly warning: string | null };

export interface CheckoutFiles {
  /** Lists without end leave out what git ignores; nothing can be written. */
  readonly reading: SessionFiles & { fileOf(path: string): Promise<string | undefined> };
  /**
   * Reserves the path, runs the work alone on it, and settles the reservation by how it ended. A write that is not the
   * holder's any more when it is to count, or whose file somebody else has changed meanwhile, is refused to the work.
   */
  change<T extends { readonly status: string }>(
    change: CheckoutChange,
    work: (files: SessionFiles) => Promise<T>,
  ): Promise<CheckoutChanged<T>>;
}

export interface CheckoutCommand {
  readonly callId: string;
  readonly command: string;
  readonly cwd: string;
  readonly deadlineMs: number;
  readonly hasNetwork: boolean;
  /** Without all of the network: what these rules allow, by HTTP. */
  readonly network?: Pick<NetworkAccess, "isAllowed" | "ruleOfAddress">;
  /** Where there is no sandbox it runs as the server itself would. */
  readonly mayBeUnisolated: boolean;
  /** Of each stream, in the outcome. */
  readonly shownBytes: { readonly stdout: number; readonly stderr: number };
  readonly onOutput?: (stream: "stdout" | "stderr", delta: string) => void;
}

export interface ShownText {
  readonly head: string;
  readonly omittedChars: number;
  readonly tail: string;
}

export type CommandOutcome =
  | { readonly kind: "refused"; readonly reason: string }
  | {
      readonly kind: "ended";
      readonly how:
        | { readonly by: "exit"; readonly code: number }
        | { readonly by: "signal"; readonly signal: string }
        | { readonly by: "deadline" };
      readonly isolation: "bubblewrap" | "none";
      readonly stdout: ShownText;
      readonly stderr: ShownText;
      /** Of reservations: what could not be written, what should not have been. */
      readonly notes: readonly string[];
    };

export interface CheckoutShell {
  /** Contract: rejects with the signal's reason when it aborts; nothing of the command is left running either way. */
  run(command: CheckoutCommand, signal: AbortSignal): Promise<CommandOutcome>;
}

export interface GitStatus {
  readonly branch: string;
  readonly base: string | null;
  readonly ahead: number | null;
  readonly behind: number | null;
  /** As git's short form has it: two letters and a path. */
  readonly lines: readonly string[];
}

export interface CheckoutGit {
  status(): Promise<CheckoutAnswer<GitStatus>>;
  diff(of: "all" | "uncommitted"): Promise<CheckoutAnswer<readonly FileDiff[]>>;
  /** One line each, newest first. */
  log(count: number): Promise<CheckoutAnswer<readonly string[]>>;
  /** Everything that is not ignored. What is committed is given back (R11). */
  commit(change: {
    readonly callId: string;
    readonly message: string;
  }): Promise<CheckoutAnswer<{ readonly commit: string; readonly files: number }>>;
}
