import { describe, expect, test } from "vitest";

import { openToolWorld } from "./tool-world.ts";
import { noStorage } from "./no-storage.ts";

const numbered = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => `${first + index}\tline ${first + index}`).join("\n");
const linesTo = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join("");

describe("read_file", () => {
  test("shows a short file whole, each line with its number", async () => {
    await using world = await openToolWorld();
    await world.files.create("/a.txt", "one\n\nthree");
    expect(await world.say("read_file", { path: "/a.txt" })).toBe("1\tone\n2\t\n3\tthree");
    expect(await world.say("read_file", { path: "a.txt" })).toBe("1\tone\n2\t\n3\tthree");
    expect(await world.say("read_file", { path: "/workspace/a.txt" })).toBe("1\tone\n2\t\n3\tthree");
  });

  test("shows a part, says how many lines there are and where to read on", async () => {
    await using world = await openToolWorld();
    await world.files.create("/a", linesTo(100));
    const part = await world.say("read_file", { path: "/a", offset: 40, limit: 3 });
    expect(part).toBe(`${numbered(40, 42)}\n[Lines 40 to 42 of 100; read on with offset=43]`);
    expect(await world.say("read_file", { path: "/a", offset: 99 })).toBe(
      `${numbered(99, 100)}\n[Lines 99 to 100 of 100]`,
    );
    expect(await world.fail("read_file", { path: "/a", offset: 101 })).toBe(
      "/a has 100 lines; line 101 is past its end",
    );
  });

  test("can be followed to the end of a file that no event could hold, with every line once", async () => {
    await using world = await openToolWorld();
    const lines = Array.from({ length: 3_000 }, (_, index) => `${index} ${'\u0001é😀"'.repeat(index % 40)}`);
    await world.files.create("/a", lines.join("\n"));
    const read: string[] = [];
    for (let offset: number | undefined = 1; offset !== undefined;) {
      const result = await world.run("read_file", { path: "/a", offset });
      expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(62 * 1024);
      const text = result.content[0]?.type === "text" ? result.content[0].text : "";
      const shown = text.split("\n").filter((line) => !line.startsWith("["));
      read.push(...shown.map((line) => line.slice(line.indexOf("\t") + 1)));
      const next = /read on with offset=(\d+)\]$/.exec(text)?.[1];
      offset = next === undefined ? undefined : Number(next);
    }
    expect(read).toEqual(lines);
  });

  test("cuts a line that is too long, and goes on with the next", async () => {
    await using world = await openToolWorld();
    await world.files.create("/a", `${"x".repeat(5_000)}\nnext\n`);
    expect(await world.say("read_file", { path: "/a" })).toBe(`1\t${"x".repeat(2_000)}… [this line goes on]\n2\tnext`);
  });

  test("says what is there when it is no text", async () => {
    await using world = await openToolWorld();
    await world.files.create("/d/empty", "");
    await world.files.create("/d/image.png", "\u0089PNG\0\0");
    expect(await world.say("read_file", { path: "/d/empty" })).toBe("[/d/empty is empty]");
    expect(await world.fail("read_file", { path: "/d/image.png" })).toContain("is a binary file of 7 bytes");
    expect(await world.fail("read_file", { path: "/d" })).toBe("/d is a directory; list_directory shows what is in it");
    expect(await world.fail("read_file", { path: "/nope" })).toContain("There is no file /nope");
  });

  test("names the argument that is wrong", async () => {
    await using world = await openToolWorld();
    expect(await world.fail("read_file", {})).toMatch(/^Wrong arguments for read_file: argument "path": /);
    expect(await world.fail("read_file", { path: "/a", offset: 0, limit: "x" })).toMatch(/"offset": .*"limit": /);
    expect(await world.fail("read_file", [])).toContain("Wrong arguments for read_file");
    expect(await world.fail("read_file", "null")).toContain("Wrong arguments for read_file");
  });
});

describe("write_file", () => {
  test("makes a file and its directories, or replaces all of it", async () => {
    await using world = await openToolWorld();
    expect(await world.say("write_file", { path: "/src/a.ts", content: "héllo\n" })).toBe(
      "Created /src/a.ts, now 7 bytes",
    );
    expect(await world.say("write_file", { path: "src/a.ts", content: "x" })).toBe("Replaced /src/a.ts, now 1 byte");
    expect(await world.files.textOf("/src/a.ts")).toBe("x");
    expect(await world.files.paths()).toEqual(["/src", "/src/a.ts"]);
  });

  test("honours max_file_size_mb, and so does edit_file", async () => {
    await using world = await openToolWorld([{ ref: "session_file_system", config: { max_file_size_mb: 0.001 } }]);
    expect(await world.say("write_file", { path: "/a", content: "x".repeat(1_000) })).toContain("1,000 bytes");
    expect(await world.fail("write_file", { path: "/b", content: "x".repeat(1_001) })).toBe(
      "Nothing was written: /b would have more than the 1000 bytes that a file may have",
    );
    await world.say("write_file", { path: "/a", content: `y${"x".repeat(999)}` });
    expect(await world.fail("edit_file", { path: "/a", old_string: "y", new_string: "yy" })).toContain("1000 bytes");
    expect(await world.files.paths()).toEqual(["/a"]);
  });

  test("refuses paths that lead out, and says why", async () => {
    await using world = await openToolWorld();
    for (const path of ["../a", "/a/../../b", "/a\u0000", "/_secret", "a\\b", ""]) {
      expect(await world.fail("write_file", { path, content: "x" })).toMatch(/^Nothing was written: .{10,}/);
    }
    expect(await world.files.paths()).toEqual([]);
  });

  test("writes what can be written of text that is not well formed", async () => {
    await using world = await openToolWorld();
    await world.say("write_file", { path: "/a", content: "a\ud800b" });
    expect(await world.files.textOf("/a")).toBe("a\ufffdb");
  });
});

describe("edit_file", () => {
  test("replaces the one place of a text and says where", async () => {
    await using world = await openToolWorld();
    await world.files.create("/a", "one\ntwo\nthree\n");
    const said = await world.say("edit_file", { path: "/a", old_string: "two\nth", new_string: "2\n$&th" });
    expect(said).toBe("Replaced the text at line 2 of /a, now 14 bytes");
    expect(await world.files.textOf("/a")).toBe("one\n2\n$&three\n");
    await world.say("edit_file", { path: "/a", old_string: "one\n", new_string: "" });
    expect(await world.files.textOf("/a")).toBe("2\n$&three\n");
  });

  test("finds a text that lies across the chunks of a large file", async () => {
    await using world = await openToolWorld();
    const before = "x".repeat(65_530);
    const after = "y".repeat(200_000);
    await world.files.create("/a", `${before}\nneedle 😀\n${after}`);
    await world.say("edit_file", { path: "/a", old_string: "\nneedle 😀\n", new_string: "|" });
    expect(await world.files.textOf("/a")).toBe(`${before}|${after}`);
  });

  test("keeps the line ends of a file that has CR LF", async () => {
    await using world = await openToolWorld();
    await world.files.create("/a", "one\r\ntwo\r\nthree\r\n");
    await world.say("edit_file", { path: "/a", old_string: "two\nthree", new_string: "2\n3" });
    expect(await world.files.textOf("/a")).toBe("one\r\n2\r\n3\r\n");
  });

  test("changes nothing where the text is more than once, and names the lines", async () => {
    await using world = await openToolWorld();
    await world.files.create("/a", "foo\nbar\nfoo\nfoo foo\nfoo\nfoo\n");
    const said = await world.fail("edit_file", { path: "/a", old_string: "foo", new_string: "x" });
    expect(said).toContain("6 times, at lines 1, 3, 4, 4, 5 and others");
    expect(await world.files.textOf("/a")).toContain("foo\nbar");
  });

  test("says what comes near when the text is not there", async () => {
    await using world = await openToolWorld();
    await world.files.create("/a", "function f() {\n\treturn  1;\n}\n\nfunction f() {\n\treturn 1;\n}\nlast\n");
    const miss = (old_string: string) => world.fail("edit_file", { path: "/a", old_string, new_string: "x" });
    expect(await miss("function f() {\n  return 1;\n}")).toBe(
      "old_string is not in /a. 2 places would match if spaces did not count, at lines 1, 5. " +
        "Repeat the call with the text as it is there:\nfunction f() {\n\treturn  1;\n}",
    );
    expect(await miss("last\nof all")).toContain("Its first line is at line 8");
    expect(await miss("nowhere to be seen")).toContain("read the file again");
    expect(await miss("  \n ")).toContain("nothing but white space");
  });

  test("refuses what can be no edit", async () => {
    await using world = await openToolWorld();
    await world.files.create("/a", "x");
    expect(await world.fail("edit_file", { path: "/a", old_string: "", new_string: "x" })).toContain(
      "old_string is empty",
    );
    expect(await world.fail("edit_file", { path: "/a", old_string: "x", new_string: "x" })).toContain("the same");
    expect(await world.fail("edit_file", { path: "/b", old_string: "x", new_string: "y" })).toContain(
      "There is no file /b",
    );
  });
});

describe("list_directory, stat_file, delete_file", () => {
  test("show what is in a directory", async () => {
    await using world = await openToolWorld();
    expect(await world.say("list_directory")).toBe("[/ is empty]");
    await world.files.create("/src/a.ts", "x");
    await world.files.create("/readme.md", "hello", { isReadonly: true });
    expect(await world.say("list_directory", { path: "/" })).toBe("readme.md\t5 bytes, read-only\nsrc/");
    expect(await world.say("list_directory", { path: "." })).toContain("src/");
    expect(await world.fail("list_directory", { path: "/readme.md" })).toContain("is a file");
    expect(await world.fail("list_directory", { path: "/nope" })).toBe("There is no directory /nope");
  });

  test("say what is at a path", async () => {
    await using world = await openToolWorld();
    await world.files.create("/d/a", "hello");
    expect(JSON.parse(await world.say("stat_file", { path: "/d/a" }))).toEqual({
      path: "/d/a",
      type: "file",
      size_bytes: 5,
      is_readonly: false,
      updated_at: "2026-01-01T12:00:00.000Z",
    });
    expect(JSON.parse(await world.say("stat_file", { path: "/" }))).toMatchObject({ type: "directory" });
    expect(await world.fail("stat_file", { path: "/nope" })).toBe("There is nothing at /nope");
  });

  test("delete a file or an empty directory, nothing more", async () => {
    await using world = await openToolWorld();
    await world.files.create("/d/a", "x");
    expect(await world.fail("delete_file", { path: "/d" })).toBe(
      "Nothing was deleted: /d is a directory and not empty; it has 1 in it",
    );
    expect(await world.say("delete_file", { path: "/d/a" })).toBe("Deleted /d/a");
    expect(await world.say("delete_file", { path: "/d" })).toBe("Deleted /d");
    expect(await world.fail("delete_file", { path: "/d" })).toContain("does not exist");
  });
});

describe("glob", () => {
  test("finds files by path, at any depth where no directory is named", async () => {
    await using world = await openToolWorld();
    for (const path of ["/a.ts", "/src/b.ts", "/src/deep/c.ts", "/src/d.js"]) await world.files.create(path, "x");
    expect(await world.say("glob", { pattern: "*.ts" })).toBe("/a.ts\n/src/b.ts\n/src/deep/c.ts");
    expect(await world.say("glob", { pattern: "/src/*.{ts,js}" })).toBe("/src/b.ts\n/src/d.js");
    expect(await world.say("glob", { pattern: "/workspace/src/**/*.ts" })).toBe("/src/b.ts\n/src/deep/c.ts");
    expect(await world.say("glob", { pattern: "*.py" })).toBe("[no file matches *.py]");
    expect(await world.fail("glob", { pattern: "[" })).toContain("Glob");
  });

  test("says how many more there are than it shows", async () => {
    await using world = await openToolWorld();
    const files = world.files.toolFiles();
    for (let index = 0; index < 600; index++) await files.write(`/${"x".repeat(100)}${index}`, Buffer.from("x"));
    await world.files.commitTool(files);
    const said = await world.say("glob", { pattern: "**" });
    expect(said).toMatch(/\n\[and \d+ more files; use a narrower pattern\]$/);
    expect(Buffer.byteLength(said)).toBeLessThan(62 * 1024);
  });
});

describe("grep_files", () => {
  test("gives path, line and text of every match, in the files that are meant", async () => {
    await using world = await openToolWorld();
    await world.files.create("/src/a.ts", "let x = 1;\nlet y = 2; // TODO\n");
    await world.files.create("/src/b.js", "// TODO: more\n");
    await world.files.create("/readme.md", "todo\n");
    expect(await world.say("grep_files", { pattern: "TODO" })).toBe(
      "/src/a.ts:2:let y = 2; // TODO\n/src/b.js:1:// TODO: more",
    );
    expect(await world.say("grep_files", { pattern: "(?i)todo", path_pattern: "*.{md,js}" })).toBe(
      "/readme.md:1:todo\n/src/b.js:1:// TODO: more",
    );
    expect(await world.say("grep_files", { pattern: "absent" })).toBe("[no match in 3 files]");
  });

  test("leaves out binary files and says so", async () => {
    await using world = await openToolWorld();
    await world.files.create("/a.bin", "foo\0");
    expect(await world.say("grep_files", { pattern: "foo" })).toBe("[no match in 0 files; 1 binary file left out]");
  });

  test("shows the first of too many matches and says how to see more", async () => {
    await using world = await openToolWorld();
    await world.files.create("/a", "foo\n".repeat(150));
    await world.files.create("/b", "foo\n".repeat(150));
    const lines = (await world.say("grep_files", { pattern: "foo" })).split("\n");
    expect(lines).toHaveLength(201);
    expect(lines.at(-1)).toBe("[only the first 200 matches shown, up to /b; narrow pattern or path_pattern for more]");
  });

  test("says which pattern is wrong", async () => {
    await using world = await openToolWorld();
    expect(await world.fail("grep_files", { pattern: "(" })).toMatch(/^Argument "pattern": /);
    expect(await world.fail("grep_files", { pattern: "a", path_pattern: "{" })).toMatch(/^Argument "path_pattern": /);
    expect(await world.fail("grep_files", { pattern: "(?=a)" })).toMatch(/^Argument "pattern": /);
    expect(world.faults).toEqual([]);
  });
});

describe("the file tools together", () => {
  test("are all safe to run again after a crash, and keep their order within a step", async () => {
    await using world = await openToolWorld();
    const { makeToolSet } = await import("../../src/app/tool-set.ts");
    const { capabilityCatalogue } = await import("../../src/capabilities/catalogue.ts");
    const { idleDeps } = await import("./idle-deps.ts");
    const { toolSet } = makeToolSet({
      capabilities: capabilityCatalogue(idleDeps),
      refs: [{ ref: "session_file_system" }],
      ports: {
        openFiles: world.files.toolFiles,
        session: { describe: async () => ({}), setTitle: async () => ({ ok: true }) },
        ...noStorage,
        now: () => 0,
      },
      limits: { toolResultBytes: 65_536 },
      onFault: () => {},
    });
    const names = "read_file write_file edit_file list_directory grep_files glob delete_file stat_file".split(" ");
    expect(toolSet.definitions.map(({ name }) => name)).toEqual(names);
    for (const { hints } of toolSet.definitions) {
      expect(hints).toMatchObject({ isRepeatable: true, concurrencyClass: "session_files" });
    }
  });
});
