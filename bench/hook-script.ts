/**
 * R12, the client's half: what the hook script adds to a `sh` that does nothing but `curl` the same bytes to the same
 * address. Both take turns, one call at a time, against one server that answers at once; every call of both is counted at
 * the server, and the script's must have told it where it was.
 *
 * Measured with `spawn` from the moment it is started to the moment it has ended, as an agent waits for it, in a repository
 * with a remote, in each shell that this machine has.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { hooksFolderOf } from "../src/install/places.ts";
import { putScripts, putServer } from "../src/install/scripts.ts";
import { told, verify, within } from "./bench.ts";
import type { Bench, BenchOptions, Row } from "./bench.ts";
import { makeFolder } from "./data-folder.ts";
import { medianOf } from "./statistics.ts";

const BODY = JSON.stringify({
  session_id: "0375a833-31e9-443f-a117-5b54577ed708",
  hook_event_name: "PreToolUse",
  tool_name: "Write",
  tool_input: { file_path: "/repo/src/a.ts", content: "x".repeat(2_000) },
});

interface Counted extends AsyncDisposable {
  readonly url: string;
  readonly roots: (string | undefined)[];
}

async function openServer(): Promise<Counted> {
  const roots: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    request.resume().once("end", () => {
      roots.push(request.headers["x-serai-root"]?.toString());
      response.setHeader("Content-Type", "application/json");
      response.end("{}");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    roots,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Milliseconds from the start of a program to its end. */
async function timeOf(command: readonly [string, ...string[]], cwd: string): Promise<number> {
  const [program, ...args] = command;
  const start = performance.now();
  const child = spawn(program, args, { cwd, stdio: ["pipe", "pipe", "inherit"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  child.stdin.end(BODY);
  const [code] = (await once(child, "close")) as [number | null];
  const ms = performance.now() - start;
  verify(code === 0 && said.trim() === "{}", `${program} ended with ${code} and said ${said}`);
  return ms;
}

interface Pair {
  readonly shell: string;
  readonly ours: readonly [string, ...string[]];
  readonly plain: readonly [string, ...string[]];
  readonly cwd: string;
}

async function measure({ shell, ours, plain, cwd }: Pair, { isQuick, say }: BenchOptions): Promise<readonly Row[]> {
  const [rounds, calls] = isQuick ? [2, 15] : [7, 60];
  const script: number[] = [];
  const peer: number[] = [];
  const added: number[] = [];
  // The first round fills the page cache.
  for (let round = 0; round <= rounds; round++) {
    const both: [number[], number[]] = [[], []];
    for (let call = 0; call < calls; call++) {
      both[0].push(await timeOf(plain, cwd));
      both[1].push(await timeOf(ours, cwd));
    }
    const [bare, whole] = [medianOf(both[0]), medianOf(both[1])];
    say(`${shell} round ${round}: sh + curl ${bare.toFixed(2)} ms, hook ${whole.toFixed(2)} ms`);
    if (round === 0) continue;
    peer.push(bare);
    script.push(whole);
    // Of each call beside the one before it: what else the machine does changes slower than that.
    added.push(medianOf(both[1].map((ms, call) => ms - (both[0][call] ?? 0))));
  }
  const what = `R12 hook script in ${shell}`;
  return [
    told({ what: `${what}, from start to end`, unit: "ms", ours: script, peer }),
    within({ what: `${what}, beyond sh + curl`, unit: "ms", ours: added }, { text: "≤ 5 ms", most: 5 }),
  ];
}

export const bench: Bench = {
  name: "hook-script",
  async run(options) {
    await using place = await makeFolder();
    await using server = await openServer();
    const folder = hooksFolderOf({ environment: { XDG_CONFIG_HOME: place.path }, home: place.path });
    putScripts(folder);
    putServer(folder, "bench", { url: server.url, key: "srk_bench", hostId: "hst_bench" });
    const repository = join(place.path, "repository");
    mkdirSync(repository);
    spawnSync("git", ["init", "-q", "-b", "main", repository]);
    spawnSync("git", ["-C", repository, "remote", "add", "origin", "https://example.com/o/r.git"]);
    const below = join(repository, "src", "deep", "er");
    mkdirSync(below, { recursive: true });
    const plainFile = join(place.path, "plain.sh");
    const post = `curl -q -sS --max-time 2.5 --data-binary @- -H 'Content-Type: application/json' -H 'Expect:' -H 'Authorization: Bearer srk_bench'`;
    writeFileSync(plainFile, `answer=$(${post} '${server.url}/hooks/claude-code')\nprintf '%s\\n' "$answer"\n`);
    const rows: Row[] = [];
    for (const shell of ["dash", "bash"].filter((name) => spawnSync(name, ["-c", ":"]).error === undefined)) {
      const load = 'd=$0; [ ! -r "$d/hook.sh" ] || . "$d/hook.sh"';
      const ours = [shell, "-c", load, folder.path, "claude-code", "PreToolUse", "bench"] as const;
      const before = server.roots.length;
      rows.push(...(await measure({ shell, ours: [...ours], plain: [shell, plainFile], cwd: below }, options)));
      const roots = server.roots.slice(before);
      const known = roots.filter((root) => root?.endsWith("/repository") === true).length;
      verify(known * 2 === roots.length, `${roots.length} calls, ${known} of them told where they were`);
    }
    const notes = [
      "Beside it a check costs what the server needs; an agent that waits sees both, and the start of its own shell.",
    ];
    return { rows, notes };
  },
};
