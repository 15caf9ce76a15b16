/**
 * Small pictures of large ones, by `sharp`: native code that not every machine has, so it is loaded when the first one is
 * asked for, and its absence is an answer.
 *
 * Invariant: one picture at a time, and none with more pixels than fit; how much memory strangers' pictures take does not
 * depend on how many of them there are.
 */
import { access, constants } from "node:fs/promises";
import type sharpModule from "sharp";
import { makeKeyedQueue } from "./keyed-queue.ts";

export type ThumbnailOutcome =
  | { readonly kind: "made"; readonly bytes: Uint8Array }
  | { readonly kind: "not_installed" }
  /** Damaged, or more pixels than `MAX_PIXELS`. */
  | { readonly kind: "unreadable" };

export interface Thumbnailer {
  /** A WebP of exactly `edge` × `edge`, cut to the middle; of an animation the first frame. Contract: rejects for faults only. */
  make(file: string, edge: number): Promise<ThumbnailOutcome>;
}

type Sharp = typeof sharpModule;

/** 64 megapixels, 256 MB at worst while it is being read. */
const MAX_PIXELS = 64_000_000;
const TIMEOUT_SECONDS = 20;

const loadSharp = async () => (await import("sharp")).default;

export function makeThumbnailer(load: () => Promise<Sharp> = loadSharp): Thumbnailer {
  const queue = makeKeyedQueue();
  let loaded: Promise<Sharp | null> | null = null;
  return {
    make: (file, edge) =>
      queue.run("one at a time", async () => {
        loaded ??= open(load);
        const sharp = await loaded;
        return sharp === null ? { kind: "not_installed" } : shrink(sharp, file, edge);
      }),
  };
}

/** Not there, not for this machine, or without its native half: nobody here can do anything about any of them. */
async function open(load: () => Promise<Sharp>): Promise<Sharp | null> {
  try {
    const sharp = await load();
    // The threads of the process are there for files and cryptography as well, and the same picture rarely comes again.
    sharp.concurrency(1);
    sharp.cache(false);
    return sharp;
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}

async function shrink(sharp: Sharp, file: string, edge: number): Promise<ThumbnailOutcome> {
  // What is wrong from here on is the picture's fault: libvips has no classes of errors that would tell.
  await access(file, constants.R_OK);
  try {
    const picture = sharp(file, { limitInputPixels: MAX_PIXELS, failOn: "error", autoOrient: true });
    const bytes = await picture
      .resize(edge, edge, { fit: "cover" })
      .webp({ quality: 80 })
      .timeout({ seconds: TIMEOUT_SECONDS })
      .toBuffer();
    return { kind: "made", bytes };
  } catch (error) {
    if (error instanceof Error) return { kind: "unreadable" };
    throw error;
  }
}
