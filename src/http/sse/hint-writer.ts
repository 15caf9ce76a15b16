/**
 * Live text for one reader (B1): how far it has got in each growing text, and what it has been given whole. A hint is
 * what a text has grown by, so joining late, being slow and starting over are all the same piece.
 */
import type { LiveText } from "../../app/live-texts.ts";
import type { LogLine } from "../../core/events/envelope.ts";
import { pieceEnd } from "./frames.ts";
import type { FrameBytes } from "./frames.ts";

/** A text that a slow reader missed goes out in pieces of at most this many UTF-16 units. */
const PIECE_UNITS = 64 * 1024;

export interface HintTarget {
  readonly sessionId: string;
  readonly isHinted: (kind: LiveText["kind"]) => boolean;
  /** False: write no more for now. */
  readonly write: (bytes: Uint8Array) => boolean;
}

type HintFrames = Pick<FrameBytes, "wholeKeyOf" | "ofHint">;

interface Reached {
  readonly generation: number;
  readonly offset: number;
}

export class HintWriter {
  readonly #frames: HintFrames;
  readonly #target: HintTarget;
  /** Made when the first text grows: most readers of most sessions never see one. */
  #reached: Map<string, Reached> | null = null;
  /** Messages and calls whose whole text this reader has, while their live text is still about. */
  #whole: Set<string> | null = null;

  constructor(frames: HintFrames, target: HintTarget) {
    this.#frames = frames;
    this.#target = target;
  }

  /** A text may live a moment longer than the event that carries the whole; no hint of it goes out after that. */
  noteWhole(lines: readonly LogLine[], live: readonly LiveText[]): void {
    if (live.length === 0) return;
    for (const line of lines) {
      const key = this.#frames.wholeKeyOf(line);
      if (key !== null) (this.#whole ??= new Set<string>()).add(key);
    }
  }

  writeGrowth(live: readonly LiveText[]): void {
    if (live.length === 0) {
      this.#reached = null;
      this.#whole = null;
      return;
    }
    for (const text of live) {
      if (!this.#target.isHinted(text.kind) || this.#whole?.has(text.key) === true) continue;
      if (!this.#writePieces(text)) return;
    }
  }

  #writePieces(text: LiveText): boolean {
    const name = `${text.kind}:${text.stream ?? ""}:${text.key}`;
    const known = (this.#reached ??= new Map<string, Reached>());
    const reached = known.get(name);
    let offset = reached?.generation === text.generation ? reached.offset : 0;
    while (offset < text.text.length) {
      const end = pieceEnd(text, offset, PIECE_UNITS);
      const bytes = this.#frames.ofHint({ sessionId: this.#target.sessionId, text, offset, end });
      offset = end;
      known.set(name, { generation: text.generation, offset });
      if (bytes !== null && !this.#target.write(bytes)) return false;
    }
    return true;
  }
}
