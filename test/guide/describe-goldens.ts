/**
 * Golden transcripts of a door (D3): every example of its page, request, answer and stream, against files of text; in
 * process, over a socket, and by curl itself. `SERAI_GOLDEN=write` writes them anew; read the diff.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPlayer } from "./play.ts";
import type { Example } from "./scenes.ts";
import { openTheatre } from "./stage.ts";
import type { Theatre, TheatreOptions } from "./stage.ts";
import { byCurl, hasCurl, inProcess, overSocket } from "./wire.ts";
import type { Wire } from "./wire.ts";

export interface GoldenSuite {
  /** Whose examples: "the guide". */
  readonly of: string;
  readonly examples: readonly Example[];
  /** Of the golden files; beside it, in `curl`, are the page's commands unless they are the guide's. */
  readonly folder: string;
  readonly curl?: string;
  readonly theatre?: TheatreOptions;
}

const isWriting = process.env.SERAI_GOLDEN === "write";
const CYCLE = { timeout: 30_000 };

export function describeGoldens({ of, examples, folder, curl, theatre: options = {} }: GoldenSuite): void {
  if (isWriting && process.env.CI !== undefined) throw new Error("Golden files are written by people, never by CI");
  let theatre: Theatre;
  beforeAll(async () => {
    theatre = await openTheatre(options);
  });
  afterAll(() => theatre[Symbol.asyncDispose]());
  const fileOf = ({ name }: Pick<Example, "name">) => join(folder, `${name}.txt`);

  async function playOn(example: Example, wire: Wire): Promise<string> {
    const stage = await theatre.openStage();
    const { player, transcript } = openPlayer({ stage, wire, ...(curl === undefined ? {} : { curl }) });
    await example.play(player, theatre);
    return `# ${example.title}\n\n${transcript()}`;
  }

  function golden(example: Example): string {
    if (existsSync(fileOf(example))) return readFileSync(fileOf(example), "utf8");
    return "There is no such file; make it with SERAI_GOLDEN=write";
  }

  describe(`an example of ${of}, byte for byte in process (D3)`, () => {
    it.each(examples)("$name: $title", CYCLE, async (example) => {
      const text = await playOn(example, inProcess(theatre.server));
      if (isWriting) writeFileSync(fileOf(example), text);
      expect(text).toBe(golden(example));
    });
  });

  describe(`an example of ${of}, byte for byte over a socket (D3)`, () => {
    it.each(examples)("$name: $title", CYCLE, async (example) => {
      expect(await playOn(example, overSocket(theatre.server))).toBe(golden(example));
    });
  });

  describe.skipIf(!hasCurl)(
    `an example of ${of}, run by curl as it stands (skipped where there is no curl) (D1)`,
    () => {
      it.each(examples)("$name: $title", CYCLE, async (example) => {
        expect(await playOn(example, byCurl(theatre.server))).toBe(golden(example));
      });
    },
  );

  describe("the golden files", () => {
    it("are those of the examples and no others", () => {
      expect(readdirSync(folder).toSorted()).toEqual(examples.map(({ name }) => `${name}.txt`));
    });
  });
}
