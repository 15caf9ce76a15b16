/**
 * What a person or a program sees. Results go to standard output, everything said beside them to standard error, so
 * that a redirected output holds the result alone. A live line (a spinner, say) is on the terminal only while nothing
 * else is written.
 */
import { styleText } from "node:util";

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";
export type Paint = (style: Style, text: string) => string;

export interface Screen {
  /** As it is, to standard output. */
  out(text: string): void;
  /** A line to standard error. */
  note(line: string): void;
  /** Replaces the live line; null takes it away. Does nothing without a terminal. */
  live(line: string | null): void;
  /** Both are a terminal: what is drawn on one is seen beside the other. */
  readonly isTerminal: boolean;
  readonly paintOut: Paint;
  readonly paintNote: Paint;
  /** Of standard output; null when it is no terminal. */
  readonly columns: number | null;
  /** The same of its lines. */
  readonly rows: number | null;
}

/** What a screen needs of a stream. */
export interface Sheet {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

function paintFor(sheet: Sheet, environment: Environment): Paint {
  const isForced = (environment["FORCE_COLOR"] ?? "0") !== "0";
  const isPlain = (environment["NO_COLOR"] ?? "") !== "" || environment["TERM"] === "dumb";
  const hasColor = isForced || (sheet.isTTY === true && !isPlain);
  return hasColor ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
}

/** Some terminals do not say, or say 0. */
function columnsOf({ columns = 0 }: Sheet): number {
  return columns > 0 ? columns : 80;
}

const CLEAR_LINE = "\r\u001B[2K";

export function makeScreen(out: Sheet, err: Sheet, environment: Environment): Screen {
  const isTerminal = out.isTTY === true && err.isTTY === true;
  let hasLive = false;
  const clear = () => {
    if (hasLive) err.write(CLEAR_LINE);
    hasLive = false;
  };
  return {
    out(text) {
      clear();
      out.write(text);
    },
    note(line) {
      clear();
      err.write(`${line}\n`);
    },
    live(line) {
      if (!isTerminal) return;
      clear();
      if (line === null) return;
      err.write(line);
      hasLive = true;
    },
    isTerminal,
    paintOut: paintFor(out, environment),
    paintNote: paintFor(err, environment),
    // Asked each time: windows are made larger and smaller.
    get columns() {
      return out.isTTY === true ? columnsOf(out) : null;
    },
    get rows() {
      const { rows = 0 } = out;
      return out.isTTY === true && rows > 0 ? rows : null;
    },
  };
}

/** Takes out what could move the cursor or repaint the terminal: titles, file names and answers are not ours. */
export function plain(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, "");
}

/** The same on one line. */
export function plainLine(text: string): string {
  return plain(text).replaceAll(/\s+/g, " ").trim();
}
