/**
 * What the two sides of a search say to each other: the thread that lists the files and the thread that looks into them.
 * Everything here survives a structured clone.
 */

/** A part of a file, or a file that the searching thread opens itself. */
export type Piece =
  | { readonly name: string; readonly file: string }
  | { readonly name: string; readonly bytes: Uint8Array; readonly isLast: boolean };

export type Ask =
  | { readonly kind: "begin"; readonly pattern: string; readonly maxMatches: number }
  /** Contract: pieces of one file follow each other, over batches too; the last has `isLast`. */
  | { readonly kind: "scan"; readonly pieces: readonly Piece[]; readonly budgetMs: number };

export type GrepMatch = {
  readonly name: string;
  /** From 1. */
  readonly lineNumber: number;
  /** The line, or the part of a long line around the match with "…" where it was cut. */
  readonly text: string;
};

export type Reply =
  | { readonly kind: "begun" }
  | { readonly kind: "refused"; readonly detail: string }
  | {
      readonly kind: "scanned";
      readonly matches: readonly GrepMatch[];
      readonly searchedFiles: number;
      readonly binaryFiles: number;
      readonly stopped: StopReason | null;
    };

export type StopReason = "matches" | "deadline";
