/** A terminal that keeps what it was told, each part with the stream it went to. */
import { makeScreen } from "../../src/cli/screen.ts";
import type { Screen } from "../../src/cli/screen.ts";

export interface FakeScreen {
  readonly screen: Screen;
  readonly out: () => string;
  readonly err: () => string;
  /** Both, in the order in which they were written. */
  readonly both: () => string;
}

export interface FakeScreenOptions {
  readonly isTerminal?: boolean;
  readonly columns?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

export function makeFakeScreen({
  isTerminal = false,
  columns = 80,
  environment = {},
}: FakeScreenOptions = {}): FakeScreen {
  const parts: (readonly ["out" | "err", string])[] = [];
  const sheet = (name: "out" | "err") => ({
    write: (text: string) => parts.push([name, text]),
    isTTY: isTerminal,
    columns,
  });
  const of = (name?: "out" | "err") => () =>
    parts.flatMap(([stream, text]) => (name === undefined || stream === name ? [text] : [])).join("");
  return { screen: makeScreen(sheet("out"), sheet("err"), environment), out: of("out"), err: of("err"), both: of() };
}
