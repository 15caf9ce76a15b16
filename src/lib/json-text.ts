/**
 * JSON as text: a fast scan of its shape, and a slow exact reading that finds the place of a fault.
 *
 * Invariant: `faultInText` calls malformed exactly what the native parser throws at (a property test holds them together).
 * Never makes a value; the exact reading runs only for a text that is refused.
 */

export type JsonShape = {
  /** The deepest nesting of lists and objects. */
  readonly depth: number;
  /** Members of all objects, a key given twice counted twice. */
  readonly keys: number;
  /** Members of the object that has most. */
  readonly widest: number;
  /** Commas: all members and items but the first of each object and list. */
  readonly commas: number;
};

export type JsonBounds = Omit<JsonShape, "keys">;

const UNBOUNDED: JsonBounds = { depth: Infinity, widest: Infinity, commas: Infinity };

export type JsonTextFault = {
  readonly reason: "malformed" | "duplicate_key" | "too_deep";
  /** JSON pointer of the innermost value that was being read. */
  readonly path: string;
  /** In UTF-16 units. */
  readonly position: number;
};

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * True for well-formed text; of other text it says something, and the parser then says no. Looks no further than to
 * where the text is past one of the bounds.
 */
export function shapeOfText(text: string, bounds: JsonBounds = UNBOUNDED): JsonShape {
  const widths = [0];
  let depth = 0;
  let deepest = 0;
  let keys = 0;
  let widest = 0;
  let commas = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) at = endOfString(text, at + 1);
    else if (unit === COLON) {
      keys++;
      const width = (widths[depth] ?? 0) + 1;
      widths[depth] = width;
      widest = Math.max(widest, width);
      if (widest > bounds.widest) break;
    } else if (unit === COMMA && ++commas > bounds.commas) break;
    else if (unit === OPEN_OBJECT || unit === OPEN_LIST) {
      deepest = Math.max(deepest, ++depth);
      if (deepest > bounds.depth) break;
      widths[depth] = 0;
    } else if ((unit === CLOSE_OBJECT || unit === CLOSE_LIST) && --depth < 0) break;
  }
  return { depth: deepest, keys, widest, commas };
}

/** Index of the closing quote: the first one after an even number of backslashes. */
function endOfString(text: string, from: number): number {
  for (let quote = text.indexOf('"', from); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let before = quote - 1;
    while (before >= from && text.charCodeAt(before) === BACKSLASH) before--;
    if ((quote - before) % 2 === 1) return quote;
  }
  return text.length;
}

/** The first fault of the text, or nothing. Recursion is bounded by `maxDepth`. */
export function faultInText(text: string, maxDepth: number): JsonTextFault | undefined {
  return new Reading(text, maxDepth).whole();
}

/** One step of a JSON pointer (RFC 6901). A lone surrogate in a key is shown as U+FFFD, so that the path can be sent. */
export function pointerStep(step: string): string {
  return `/${step.toWellFormed().replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** A reading with one position. Each method reads its piece, or says what is wrong; paths are put together on the way back. */
class Reading {
  readonly #text: string;
  readonly #maxDepth: number;
  #at = 0;

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
  }

  whole(): JsonTextFault | undefined {
    const fault = this.#value(1);
    if (fault !== undefined) return fault;
    return this.#at < this.#text.length ? this.#fault("malformed") : undefined;
  }

  #value(depth: number): JsonTextFault | undefined {
    this.#skipSpace();
    const fault = this.#bareValue(depth);
    if (fault === undefined) this.#skipSpace();
    return fault;
  }

  #bareValue(depth: number): JsonTextFault | undefined {
    const unit = this.#text.charCodeAt(this.#at);
    if (unit === QUOTE) return this.#string();
    if (unit !== OPEN_OBJECT && unit !== OPEN_LIST) return this.#match(SCALAR);
    if (depth > this.#maxDepth) return this.#fault("too_deep");
    this.#at++;
    this.#skipSpace();
    return unit === OPEN_OBJECT ? this.#members(depth) : this.#items(depth);
  }

  #items(depth: number): JsonTextFault | undefined {
    if (this.#accept(CLOSE_LIST)) return undefined;
    for (let index = 0; ; index++) {
      const fault = this.#value(depth + 1);
      if (fault !== undefined) return { ...fault, path: pointerStep(String(index)) + fault.path };
      if (this.#accept(CLOSE_LIST)) return undefined;
      if (!this.#accept(COMMA)) return this.#fault("malformed");
    }
  }

  #members(depth: number): JsonTextFault | undefined {
    if (this.#accept(CLOSE_OBJECT)) return undefined;
    const keys = new Set<string>();
    for (;;) {
      this.#skipSpace();
      const fault = this.#member(depth, keys);
      if (fault !== undefined) return fault;
      if (this.#accept(CLOSE_OBJECT)) return undefined;
      if (!this.#accept(COMMA)) return this.#fault("malformed");
    }
  }

  #member(depth: number, keys: Set<string>): JsonTextFault | undefined {
    const start = this.#at;
    if (this.#text.charCodeAt(start) !== QUOTE) return this.#fault("malformed");
    const broken = this.#string();
    if (broken !== undefined) return broken;
    const key = JSON.parse(this.#text.slice(start, this.#at)) as string; // A string that was just read.
    if (keys.has(key)) return { reason: "duplicate_key", path: pointerStep(key), position: start };
    keys.add(key);
    this.#skipSpace();
    const fault = this.#accept(COLON) ? this.#value(depth + 1) : this.#fault("malformed");
    return fault === undefined ? undefined : { ...fault, path: pointerStep(key) + fault.path };
  }

  #string(): JsonTextFault | undefined {
    for (this.#at++; ; this.#at++) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit === QUOTE) break;
      if (unit === BACKSLASH) {
        const fault = this.#match(ESCAPE);
        if (fault !== undefined) return fault;
        this.#at--;
      } else if (!(unit >= 0x20)) return this.#fault("malformed"); // A control character, or NaN at the end of the text.
    }
    this.#at++;
    return undefined;
  }

  #accept(unit: number): boolean {
    const isThere = this.#text.charCodeAt(this.#at) === unit;
    if (isThere) this.#at++;
    return isThere;
  }

  #match(pattern: string): JsonTextFault | undefined {
    const token = new RegExp(pattern, "y");
    token.lastIndex = this.#at;
    if (!token.test(this.#text)) return this.#fault("malformed");
    this.#at = token.lastIndex;
    return undefined;
  }

  #skipSpace(): void {
    while (SPACE.includes(this.#text.charAt(this.#at)) && this.#at < this.#text.length) this.#at++;
  }

  #fault(reason: JsonTextFault["reason"]): JsonTextFault {
    return { reason, path: "", position: this.#at };
  }
}

const SPACE = " \t\n\r";
// As text and not as RegExp: a sticky RegExp object carries its position, which would be state of the module.
const SCALAR = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null`;
const ESCAPE = String.raw`\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})`;
