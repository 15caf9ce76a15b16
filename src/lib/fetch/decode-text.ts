/**
 * Text from bytes, in the encoding that a byte order mark, the header or the document itself names, in this order.
 * Where nobody names one it is UTF-8 if it can be, and else what most old pages are in.
 */

import { TextDecoder } from "node:util";

const DECLARED_WITHIN = 1024;

export function decodeText(bytes: Uint8Array, charset: string | undefined, isCut = false): string {
  const label = markOf(bytes) ?? charset ?? declaredIn(bytes);
  const decoder = label === undefined ? undefined : decoderFor(label);
  if (decoder !== undefined) return decoder.decode(bytes);
  try {
    // A body that was cut may end within a character.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: isCut });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

function markOf([first, second, third]: Uint8Array): string | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return "utf-8";
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : undefined;
}

/** `<meta charset="…">`, `<meta http-equiv=… content="…; charset=…">`, `<?xml … encoding="…"?>`. */
function declaredIn(bytes: Uint8Array): string | undefined {
  const beginning = Buffer.from(bytes.subarray(0, DECLARED_WITHIN)).toString("latin1");
  const declared = /<meta[^>]{0,200}?charset=["']?([\w:-]+)|^\s*<\?xml[^>]{0,200}?encoding=["']([\w:-]+)/i.exec(
    beginning,
  );
  const label = declared?.[1] ?? declared?.[2];
  // Whoever could write this in ASCII did not write UTF-16.
  return label !== undefined && /^utf-?16/i.test(label) ? "utf-8" : label;
}

function decoderFor(label: string): TextDecoder | undefined {
  try {
    return new TextDecoder(label.trim());
  } catch (error) {
    // The only way to ask whether an encoding is known.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
