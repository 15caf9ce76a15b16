import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { openGrep } from "../../../src/lib/grep/grep.ts";
import type { Grep, GrepOutcome, GrepQuery, GrepSource } from "../../../src/lib/grep/grep.ts";

const folder = mkdtempSync(join(tmpdir(), "serai-grep-"));
let grep: Grep;

beforeAll(() => {
  grep = openGrep();
});
afterAll(async () => {
  await grep[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function onDisk(name: string, content: string | Buffer): GrepSource {
  const file = join(folder, name);
  writeFileSync(file, content);
  return { name, file };
}

function streamed(name: string, ...chunks: readonly (string | Buffer)[]): GrepSource {
  return {
    name,
    async *chunks() {
      for (const chunk of chunks) yield Buffer.from(chunk);
    },
  };
}

function search(pattern: string, sources: GrepQuery["sources"], more: Partial<GrepQuery> = {}): Promise<GrepOutcome> {
  return grep.search({ pattern, sources, maxMatches: 1_000, deadlineMs: 10_000, ...more });
}

function shownIn(outcome: GrepOutcome): readonly string[] {
  if (outcome.kind === "refused") throw new Error(outcome.detail);
  return outcome.matches.map(({ name, lineNumber, text }) => `${name}:${lineNumber}:${text}`);
}

describe("a search", () => {
  test("finds lines in files on disk and in streams alike, in the order of the sources", async () => {
    const sources = [
      onDisk("a.txt", "one\ntwo\n"),
      streamed("b.txt", "zero\nt", "wo\n", ""),
      streamed("empty.txt"),
      onDisk("c.txt", "two"),
    ];
    const outcome = await search("^two$", sources);
    expect(shownIn(outcome)).toEqual(["a.txt:2:two", "b.txt:2:two", "c.txt:1:two"]);
    expect(outcome).toMatchObject({ searchedFiles: 4, binaryFiles: 0, stopped: null });
  });

  test("does not look into binary files, and counts them", async () => {
    const sources = [onDisk("binary", Buffer.from("foo\0foo")), streamed("image", "foo\0"), streamed("text", "foo")];
    const outcome = await search("foo", sources);
    expect(shownIn(outcome)).toEqual(["text:1:foo"]);
    expect(outcome).toMatchObject({ searchedFiles: 1, binaryFiles: 2 });
  });

  test("is refused for what is no pattern, with a sentence, and the thread goes on", async () => {
    expect(await search("a(", [])).toMatchObject({
      kind: "refused",
      detail: expect.stringContaining("regular expression"),
    });
    expect(await search("(a)\\1", [])).toMatchObject({ kind: "refused" });
    expect(await search("a".repeat(5_000), [])).toMatchObject({ kind: "refused" });
    expect(shownIn(await search("a", [streamed("x", "a")]))).toEqual(["x:1:a"]);
  });

  test("stops at its limit of matches, exactly when there is one more", async () => {
    const ten = "foo\n".repeat(10);
    expect(await search("foo", [streamed("x", ten)], { maxMatches: 10 })).toMatchObject({ stopped: null });
    const outcome = await search("foo", [streamed("x", ten), streamed("y", ten)], { maxMatches: 15 });
    expect(shownIn(outcome)).toHaveLength(15);
    expect(outcome).toMatchObject({ stopped: "matches" });
  });

  test("stops reading its sources once it has enough, and closes the one it was in", async () => {
    let opened = 0;
    let closed = 0;
    function* sources(): Generator<GrepSource> {
      for (;;) {
        yield {
          name: String(++opened),
          async *chunks() {
            try {
              for (;;) yield Buffer.from("foo\n".repeat(20_000));
            } finally {
              closed++;
            }
          },
        };
      }
    }
    expect(await search("foo", sources(), { maxMatches: 5 })).toMatchObject({ stopped: "matches" });
    expect([opened, closed]).toEqual([1, 1]);
  });

  test("fails with the fault of a source, and the next one goes through", async () => {
    const broken = new Error("The blob is gone");
    const source = {
      name: "x",
      // eslint-disable-next-line require-yield -- A stream that breaks before its first byte.
      async *chunks(): AsyncGenerator<Uint8Array> {
        throw broken;
      },
    };
    await expect(search("a", [source])).rejects.toBe(broken);
    await expect(search("a", [{ name: "x", file: join(folder, "absent") }])).rejects.toThrow(
      "The searching thread failed",
    );
    expect(shownIn(await search("a", [streamed("x", "a")]))).toEqual(["x:1:a"]);
  });

  test("ends with the reason of an abort, in the middle of its work too", async () => {
    const abort = new AbortController();
    const reason = new Error("The turn was cancelled");
    async function* sources(): AsyncGenerator<GrepSource> {
      for (let count = 0; ; count++) {
        if (count === 3) abort.abort(reason);
        yield streamed(String(count), Buffer.alloc(300_000, "x\n"));
      }
    }
    await expect(search("y", sources(), { signal: abort.signal })).rejects.toBe(reason);
    await expect(search("y", [], { signal: abort.signal })).rejects.toBe(reason);
  });
});

describe("the event loop", () => {
  test(
    "W10: is never held up for 50 ms, by (a+)+$ on 10 MB of its worst text",
    { timeout: 60_000, retry: 2 },
    async () => {
      const bad = Buffer.alloc(10_000_000, "a");
      bad.write("b", bad.length - 1);
      const sources = [
        onDisk("one-line", bad),
        streamed("streamed", ...cut(bad)),
        onDisk("lines", linesOf(10_000_000)),
      ];
      await search("warm", []);
      const delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();
      const outcome = await search("(a+)+$", sources, { deadlineMs: 30_000 });
      delay.disable();
      expect(outcome).toMatchObject({ kind: "searched", stopped: null, searchedFiles: 3 });
      expect(delay.max / 1e6).toBeLessThan(50);
    },
  );

  test(
    "outlives a pattern that is slow even in linear time: the search ends by its deadline",
    { timeout: 30_000 },
    async () => {
      // Random a and b make the automaton of this pattern grow without end; the engine then goes step by step.
      const text = Buffer.alloc(2_000_000);
      for (let index = 0, random = 1; index < text.length; index++) {
        random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
        text[index] = 97 + ((random >>> 16) & 1);
      }
      const started = performance.now();
      const outcome = await search("(a|b)*a(a|b){100}[^ab]", [onDisk("ab", text), onDisk("after", "c")], {
        deadlineMs: 500,
      });
      expect(outcome).toMatchObject({ kind: "searched", stopped: "deadline" });
      expect(performance.now() - started).toBeLessThan(5_000);
      expect(shownIn(await search("a", [streamed("x", "a")]))).toEqual(["x:1:a"]);
    },
  );
});

describe("the searching threads", () => {
  test("are shared by many searches at once", async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => search(`^n${index}$`, [streamed("x", "n1\nn2\nn19\n")])),
    );
    expect(outcomes.map((outcome) => shownIn(outcome).length)).toEqual(
      Array.from({ length: 20 }, (_, index) => ([1, 2, 19].includes(index) ? 1 : 0)),
    );
  });

  test("do not keep the process alive when nobody closes them", async () => {
    const script = `
      import { openGrep } from ${JSON.stringify(join(import.meta.dirname, "../../../src/lib/grep/grep.ts"))};
      const sources = [{ name: "x", async *chunks() { yield Buffer.from("a"); } }];
      const outcome = await openGrep().search({ pattern: "a", sources, maxMatches: 1, deadlineMs: 1000 });
      process.stdout.write(String(outcome.matches.length));`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module-typescript", "-e", script], {
      timeout: 10_000,
    });
    expect(stdout).toBe("1");
  });

  test("end when they are closed, also while one searches", async () => {
    const own = openGrep();
    const begun = own.search({ pattern: "a", sources: [streamed("x", "a")], maxMatches: 9, deadlineMs: 1_000 });
    await own[Symbol.asyncDispose]();
    expect(shownIn(await begun)).toEqual(["x:1:a"]);
  });
});

function cut(bytes: Buffer): readonly Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, index) =>
    bytes.subarray(index * 65_536, (index + 1) * 65_536),
  );
}

function linesOf(size: number): Buffer {
  return Buffer.alloc(size, `${"a".repeat(99)}b\n`);
}
