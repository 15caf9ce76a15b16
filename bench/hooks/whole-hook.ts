/** W6, as an agent waits for it: a hook of the installed script, denied by a real server, from start to end of its process. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hooksFolderOf } from "../../src/install/places.ts";
import { putScripts, putServer } from "../../src/install/scripts.ts";
import { startServer } from "../../test/main/server-process.ts";
import { told, verify, within } from "../bench.ts";
import type { BenchOptions, Row } from "../bench.ts";
import { makeFolder } from "../data-folder.ts";
import { medianOf, quantileOf } from "../statistics.ts";

interface Called {
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  readonly input: string;
}

async function call({ command: [program, ...args], cwd, input }: Called) {
  const startedAt = performance.now();
  const child = spawn(program, args, { cwd, stdio: ["pipe", "pipe", "inherit"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  child.stdin.end(input);
  const [code] = (await once(child, "close")) as [number | null];
  const ms = performance.now() - startedAt;
  verify(code === 0, `${program} ended with ${code}`);
  return { ms, said };
}

export async function measureWholeHook({ isQuick, say }: BenchOptions): Promise<readonly Row[]> {
  await using place = await makeFolder();
  await using server = await startServer({ folder: join(place.path, "data") });
  const folder = hooksFolderOf({ environment: { XDG_CONFIG_HOME: place.path }, home: place.path });
  putScripts(folder);
  putServer(folder, "bench", { url: server.url, key: server.key, hostId: "hst_bench" });
  const cwd = join(place.path, "repository");
  mkdirSync(cwd);
  spawnSync("git", ["init", "-q", "-b", "main", cwd]);
  const shell = spawnSync("dash", ["-c", ":"]).error === undefined ? "dash" : "sh";
  const load = 'd=$0; [ ! -r "$d/hook.sh" ] || . "$d/hook.sh"';
  const hook = [shell, "-c", load, folder.path, "claude-code", "PreToolUse", "bench"] as const;
  const plainFile = join(place.path, "plain.sh");
  const post = `curl -q -sS --max-time 2.5 --data-binary @- -H 'Content-Type: application/json' -H 'Expect:' -H 'Authorization: Bearer ${server.key}'`;
  writeFileSync(plainFile, `answer=$(${post} '${server.url}/hooks/claude-code')\nprintf '%s\\n' "$answer"\n`);
  const inputOf = (session: string) =>
    JSON.stringify({
      ...{ session_id: session, hook_event_name: "PreToolUse", cwd, tool_name: "Write", tool_use_id: "toolu_1" },
      transcript_path: `/home/dev/.claude/projects/x/${session}.jsonl`,
      tool_input: { file_path: join(cwd, "a.ts"), content: "x".repeat(2_000) },
    });
  await call({ command: [...hook], cwd, input: inputOf("holder") });
  const [median, tail, bare]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round <= (isQuick ? 2 : 7); round++) {
    const [ours, plain]: [number[], number[]] = [[], []];
    for (let at = 0; at < (isQuick ? 15 : 60); at++) {
      plain.push((await call({ command: [shell, plainFile], cwd, input: inputOf("other") })).ms);
      const { ms, said } = await call({ command: [...hook], cwd, input: inputOf("other") });
      verify(said.includes("a.ts is reserved"), `the hook said ${said}`);
      ours.push(ms);
    }
    say(`whole hook, round ${round}: p50 ${medianOf(ours).toFixed(1)} ms`);
    if (round === 0) continue;
    median.push(medianOf(ours));
    tail.push(quantileOf(ours, 0.95));
    bare.push(quantileOf(plain, 0.95));
  }
  return [
    told({ what: `W6 whole hook in ${shell}, denied, p50`, unit: "ms", ours: median }),
    within(
      { what: `W6 whole hook in ${shell}, denied, p95 (beside sh + curl)`, unit: "ms", ours: tail, peer: bare },
      { text: "≤ 20 ms", most: 20 },
    ),
  ];
}
