import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { openShellWorld } from "./shell-world.ts";

const tree = () =>
  openShellWorld({
    "/a.txt": "alpha\nbeta\n",
    "/data.json": '{"list":[1,2,{"name":"x"}]}',
    "/src/main.ts": "let a = 1; // TODO\n",
    "/src/deep/more.ts": "// TODO: more\n",
  });

describe("a shell command", () => {
  test("pipes, redirects, expands and substitutes", async () => {
    await using world = tree();
    expect(await world.sh("cat a.txt | tr a-z A-Z | sort -r")).toMatchObject({ out: "BETA\nALPHA\n", code: 0 });
    expect((await world.sh("for f in src/*.ts; do echo \"$f: $(wc -l < $f | tr -d ' ')\"; done")).out).toBe(
      "src/main.ts: 1\n",
    );
    expect((await world.sh("x=1; f() { echo $((x + $1)); }; f 2; [[ -f a.txt && -d src ]] && echo yes")).out).toBe(
      "3\nyes\n",
    );
    expect((await world.sh("cat nope 2>&1 | cat; echo out; echo err >&2")).out).toBe(
      "cat: nope: No such file or directory\nout\n",
    );
  });

  test("keeps a here-document as it is written", async () => {
    await using world = tree();
    const said = await world.sh("name=World\ncat > hello.txt <<EOF\n  Hello $name\n\tend\nEOF\ncat hello.txt");
    expect(said).toMatchObject({ out: "  Hello World\n\tend\n", changes: ["write /hello.txt   Hello World\n\tend\n"] });
    expect((await world.sh("cat <<'EOF'\n$name `x`\nEOF")).out).toBe("$name `x`\n");
  });

  test("searches and takes data apart", async () => {
    await using world = tree();
    expect((await world.sh("grep -rn TODO .")).out).toBe(
      "src/deep/more.ts:1:// TODO: more\nsrc/main.ts:1:let a = 1; // TODO\n",
    );
    expect(
      (await world.sh("jq -r '.list[2].name' data.json; find . -name '*.ts' | sort; awk '{print NR, $1}' a.txt")).out,
    ).toBe("x\n./src/deep/more.ts\n./src/main.ts\n1 alpha\n2 beta\n");
    expect(await world.sh("grep nothing a.txt")).toMatchObject({ out: "", code: 1, changes: [] });
  });

  test("says how it ended", async () => {
    await using world = tree();
    expect(await world.sh("echo before; exit 7")).toMatchObject({ out: "before\n", code: 7 });
    expect(await world.sh("nosuch")).toMatchObject({ code: 127, err: "bash: nosuch: command not found\n" });
    expect(await world.sh("if then")).toMatchObject({ code: 2, err: expect.stringContaining("syntax error") });
    expect(await world.run("pwd", { cwd: "/nope" })).toEqual({
      kind: "refused",
      detail: "there is no directory /nope",
    });
    expect((await world.sh("pwd; ls", { cwd: "/src" })).out).toBe("/src\ndeep\nmain.ts\n");
  });

  test("finds the files below /workspace too, which is how prompts may name them", async () => {
    await using world = tree();
    const said = await world.sh("cat /workspace/a.txt; cd /workspace/src && pwd && echo x > /workspace/src/new");
    expect(said.out).toBe("alpha\nbeta\n/workspace/src\n");
    expect(said.changes).toEqual(["write /src/new x\n"]);
  });

  test("has the devices and program names of a shell, and shows none of them among the files", async () => {
    await using world = tree();
    const said = await world.sh(
      "ls /; echo x > /dev/null; cat /dev/null; which jq; /bin/echo hi; cat <(echo sub); ls /tmp; find / -name null",
    );
    expect(said).toMatchObject({ out: "a.txt\ndata.json\nsrc\n/usr/bin/jq\nhi\nsub\n", err: "", changes: [] });
  });

  test("has no network, no other programs and no way to this machine", async () => {
    await using world = tree();
    const said = await world.sh(
      "curl http://localhost/; python3 -c 1; node -e 1; git status; sqlite3; cat /etc/passwd; ls /proc/1",
    );
    expect(said.err.match(/not found|not available|No such file/g)).toHaveLength(7);
    expect((await world.sh("env | cut -d= -f1 | sort")).out).not.toContain("SERAI");
  });
});

describe("the files of a command", () => {
  test("are read when they are asked for, and no others", async () => {
    await using world = tree();
    await world.sh("ls -laR /; find / -size +0; stat a.txt; du -a; test -s a.txt");
    expect(world.reads).toEqual([]);
    await world.sh("cat src/main.ts > copy");
    expect(world.reads).toEqual(["/src/main.ts"]);
  });

  test("are read by the thread itself where they are files of this machine", async () => {
    const folder = mkdtempSync(join(tmpdir(), "serai-shell-"));
    writeFileSync(join(folder, "local"), "on disk");
    await using world = tree();
    const source = {
      files: [{ path: "/a", isDirectory: false, isReadonly: false, sizeBytes: 7, modifiedMs: 0 }],
      fileOf: async (path: string) => (path === "/a" ? join(folder, "local") : undefined),
      read: () => {
        throw new Error("Not asked");
      },
    };
    expect((await world.sh("cat /a", { source })).out).toBe("on disk");
    rmSync(folder, { recursive: true });
  });

  test("change as a list: written, made, removed", async () => {
    await using world = tree();
    const said = await world.sh("echo new > b; echo more >> a.txt; mkdir -p d/e; rm data.json; rm -r src; touch empty");
    expect(said.changes).toEqual([
      "remove /data.json",
      "remove /src",
      "write /a.txt alpha\nbeta\nmore\n",
      "write /b new\n",
      "make /d",
      "make /d/e",
      "write /empty ",
    ]);
  });

  test("are moved and copied by name, without a byte of them", async () => {
    await using world = tree();
    const said = await world.sh(
      "mv src lib; cp a.txt b.txt; cp -r lib lib2; rm -r lib2/deep; mv a.txt t; mv data.json a.txt; mv t data.json",
    );
    expect(world.reads).toEqual([]);
    expect(said.changes).toEqual([
      "remove /src",
      "make /lib",
      "make /lib/deep",
      "copy /src/deep/more.ts to /lib/deep/more.ts",
      "copy /src/main.ts to /lib/main.ts",
      "copy /a.txt to /b.txt",
      "make /lib2",
      "copy /src/main.ts to /lib2/main.ts",
      "copy /data.json to /a.txt",
      "copy /a.txt to /data.json",
    ]);
  });

  test("are unchanged if they come back to where they were", async () => {
    await using world = tree();
    expect((await world.sh("mv src t; mv t src; touch a.txt; mkdir x; rmdir x; echo y > z; rm z")).changes).toEqual([]);
  });

  test("may change their kind", async () => {
    await using world = tree();
    const said = await world.sh("rm -r src; echo file > src; rm a.txt; mkdir a.txt; echo in > a.txt/in");
    expect(said.changes).toEqual([
      "remove /a.txt",
      "remove /src",
      "write /src file\n",
      "make /a.txt",
      "write /a.txt/in in\n",
    ]);
  });

  test("stay what they are, byte for byte, when they are no text", async () => {
    const bytes = randomBytes(4096);
    await using world = openShellWorld({ "/b.bin": bytes });
    const { ran } = await world.sh(
      "cat b.bin > c; cp b.bin e; gzip -k b.bin; gunzip -c b.bin.gz > d; base64 b.bin | base64 -d > f",
    );
    const written = new Map(ran.changes.map((change) => [change.path, change]));
    for (const path of ["/c", "/d", "/f"]) {
      const change = written.get(path);
      expect(change?.kind === "write" && Buffer.from(change.bytes).equals(bytes)).toBe(true);
    }
    expect(written.get("/e")).toEqual({ kind: "copy", path: "/e", from: "/b.bin" });
  });

  test("are run as scripts, though nobody can keep that they may be", async () => {
    await using world = openShellWorld({ "/run.sh": "#!/bin/bash\necho ran $1\n" });
    expect(await world.sh("./run.sh x; chmod -x run.sh; bash run.sh y")).toMatchObject({
      out: "ran x\nran y\n",
      changes: [],
    });
  });

  test("that are read-only are neither written nor removed nor moved", async () => {
    await using world = openShellWorld({ "/d/fixed": "fixed", "/free": "free" });
    world.readonlyPaths.add("/d/fixed");
    const said = await world.sh(
      "echo x > d/fixed; echo x >> d/fixed; rm -f d/fixed; rm -r d; mv d e; mv free d/fixed; cp free d/fixed; cat d/fixed; cp d/fixed copy",
    );
    expect(said).toMatchObject({ out: "fixed", code: 1, changes: ["copy /d/fixed to /copy"] });
    expect(said.err.match(/read-only/g)?.length).toBeGreaterThanOrEqual(5);
  });

  test("may not have names that files cannot have; the script goes on and ends with 1", async () => {
    await using world = tree();
    const said = await world.sh(
      "echo x > _reserved; echo x > a.txt/below; mkdir 'back\\slash'; touch dot.; ln -s a.txt link; echo on",
    );
    expect(said).toMatchObject({ out: "on\n", code: 1, changes: [] });
    expect(said.err).toContain('bash: /_reserved: Names that begin with "_" are reserved at the root');
    expect(said.err).toContain("bash: /a.txt/below: not a directory");
    expect(said.err).toContain("Path contains a backslash");
    expect(said.err).toContain("links are not possible here");
  });

  test("that cannot be named here are left alone", async () => {
    await using world = openShellWorld({ "/workspace/x": "1", "/dev/x": "1", "/ok": "1" });
    expect(await world.sh("ls /; rm -rf /* ; ls /")).toMatchObject({ out: "ok\n", changes: ["remove /ok"] });
  });
});

describe("a command that goes too far", () => {
  test("is ended at its deadline in a loop without end, and leaves no changes", async () => {
    await using world = tree();
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    expect(await world.run("echo x > made; while true; do :; done", { deadlineMs: 1_500 })).toEqual({
      kind: "overdue",
    });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(20);
    expect((await world.sh("echo next")).out).toBe("next\n");
  });

  test("is ended by an abort, asleep or busy", async () => {
    await using world = tree();
    for (const command of ["sleep 100", "while true; do :; done"]) {
      const controller = new AbortController();
      const ended = world.run(command, { signal: controller.signal });
      setTimeout(() => controller.abort(new Error("Cancelled")), 300);
      await expect(ended).rejects.toThrow("Cancelled");
    }
  });

  test("does not get far with recursion, with forks or with a growing variable", async () => {
    await using world = tree();
    expect(await world.sh(":(){ :|:& };:")).toMatchObject({ code: 126, err: expect.stringContaining("recursion") });
    expect(await world.sh("f() { f; }; f")).toMatchObject({ code: 126, err: expect.stringContaining("recursion") });
    expect(await world.sh("x=a; while true; do x=$x$x; done")).toMatchObject({ code: 126 });
  });

  test("may not read a file that is too large for it, and is told so by its size alone", async () => {
    await using world = tree();
    const huge = { path: "/huge", isDirectory: false, isReadonly: false, sizeBytes: 2 ** 30, modifiedMs: 0 };
    const source = {
      files: [huge],
      read: () => {
        throw new Error("Not asked");
      },
    };
    const said = await world.sh("ls -l huge; cat huge; mv huge big", { source });
    expect(said).toMatchObject({
      err: expect.stringContaining("too large"),
      changes: ["remove /huge", "copy /huge to /big"],
    });
  });

  test("may not write without end", async () => {
    await using world = openShellWorld({ "/chunk": "x".repeat(32 * 1024 * 1024) });
    const said = await world.sh("for i in 1 2 3 4 5 6 7 8; do tee c$i < chunk > /dev/null; done; ls | wc -l");
    expect(said.ran.changes.length).toBeLessThan(7);
    expect(said.err).not.toBe("");
  });

  test("has its long output cut in the middle, at whole lines", async () => {
    await using world = tree();
    const { ran } = await world.sh("seq 1 1000000");
    const { head, omittedChars, tail } = ran.stdout;
    expect(head).toMatch(/^1\n2\n[\d\n]*\n$/);
    expect(tail).toMatch(/^\d+\n[\d\n]*\n1000000\n$/);
    expect(head.length + tail.length).toBeLessThanOrEqual(10_000);
    expect(head.length + omittedChars + tail.length).toBe(6_888_896);
  });
});

describe("the network of a command", () => {
  test("is what it is given, and nothing else", async () => {
    await using world = tree();
    const asked: unknown[] = [];
    const said = await world.sh(
      "curl -s -H 'X-A: b' -d 'k=v' http://one.example/a; curl -sS http://two.example/; echo $?",
      {
        async fetch(request) {
          asked.push(request);
          if (request.url.includes("two")) return { kind: "refused", detail: "two.example is not allowed" };
          return {
            kind: "fetched",
            url: request.url,
            status: 200,
            statusText: "OK",
            headers: { "content-type": "text/plain" },
            body: Buffer.from("answer\n"),
          };
        },
      },
    );
    expect(said.out).toMatch(/^answer\n[1-9]\d*\n$/);
    expect(said.err).toContain("two.example is not allowed");
    expect(asked).toMatchObject([{ url: "http://one.example/a", method: "POST", body: "k=v" }, { method: "GET" }]);
  });
});
