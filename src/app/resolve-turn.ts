/**
 * What a turn runs with, looked up anew for every run so that a changed agent, key or model counts from the next turn
 * on (ruling 17): instructions, model, controls, tools. Only reads.
 */
import type { SessionId } from "../core/ids.ts";
import type { FileChange } from "../core/ports/files.ts";
import type { TurnInput } from "../core/ports/harness.ts";

export type ResolvedTurn =
  | {
      readonly kind: "resolved";
      readonly input: Omit<TurnInput, "sessionId" | "view" | "mintStep">;
      readonly changesOf: (callId: string) => readonly FileChange[];
      readonly dropChanges: (callId: string) => void;
    }
  /** The turn cannot run; the sentence goes to the user. */
  | { readonly kind: "refused"; readonly error: string; readonly errorCode: string };

export type ResolveTurn = (sessionId: SessionId) => Promise<ResolvedTurn>;
