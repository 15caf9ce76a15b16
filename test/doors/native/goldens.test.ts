/**
 * Golden transcripts of the native door (D3): every example of the guide, request, answer and stream, against the files
 * in `goldens/`; in process, over a socket, and by curl itself. `SERAI_GOLDEN=write` writes them anew; read the diff.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { examples } from "../../guide/examples.ts";
import type { Example } from "../../guide/examples.ts";
import { openPlayer } from "../../guide/play.ts";
import { openTheatre } from "../../guide/stage.ts";
import type { Theatre } from "../../guide/stage.ts";
import { byCurl, hasCurl, inProcess, overSocket } from "../../guide/wire.ts";
import type { Wire } from "../../guide/wire.ts";

const folder = join(import.meta.dirname, "goldens");
const isWriting = process.env.SERAI_GOLDEN === "write";
if (isWriting && process.env.CI !== undefined) throw new Error("Golden files are written by people, never by CI");

let theatre: Theatre;
beforeAll(async () => {
  theatre = await openTheatre();
});
afterAll(() => theatre[Symbol.asyncDispose]());

const fileOf = ({ name }: Pick<Example, "name">) => join(folder, `${name}.txt`);

async function playOn(example: Example, wire: Wire): Promise<string> {
  const { player, transcript } = openPlayer(await theatre.openStage(), wire);
  await example.play(player, theatre);
  return `# ${example.title}\n\n${transcript()}`;
}

function golden(example: Example): string {
  if (existsSync(fileOf(example))) return readFileSync(fileOf(example), "utf8");
  return "There is no such file; make it with SERAI_GOLDEN=write";
}

const CYCLE = { timeout: 30_000 };

describe("an example of the guide, byte for byte in process (D3)", () => {
  it.each(examples)("$name: $title", CYCLE, async (example) => {
    const text = await playOn(example, inProcess(theatre.server));
    if (isWriting) writeFileSync(fileOf(example), text);
    expect(text).toBe(golden(example));
  });
});

describe("an example of the guide, byte for byte over a socket (D3)", () => {
  it.each(examples)("$name: $title", CYCLE, async (example) => {
    expect(await playOn(example, overSocket(theatre.server))).toBe(golden(example));
  });
});

describe.skipIf(!hasCurl)(
  "an example of the guide, run by curl as it stands (skipped where there is no curl) (D1)",
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
