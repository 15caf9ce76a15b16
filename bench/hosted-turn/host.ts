/** The process in which turns are measured, ours and the bare ones: a booted server beside the peers. Does jobs one by one. */
import { createAnthropic } from "@ai-sdk/anthropic";
import type { LanguageModelV4 } from "@ai-sdk/provider";
import type { SessionId } from "../../src/core/ids.ts";
import { makeScriptedModel } from "../../src/harnesses/hosted/scripted/model.ts";
import { boot } from "../../src/main/boot.ts";
import { readSettings } from "../../src/main/config.ts";
import { openLog } from "../../src/main/log.ts";
import { doStreamTurn, streamTextTurn } from "./bare.ts";
import { openOurs } from "./ours.ts";
import type { Done, Job } from "./script.ts";

const [data = "", modelUrl = ""] = process.argv.slice(2);
const environment = { ANTHROPIC_BASE_URL: modelUrl, ANTHROPIC_API_KEY: "bench" };
const read = readSettings({ port: 0, data }, environment, process.cwd());
if (!read.ok) throw new Error(read.reason);
const server = await boot({
  settings: read.settings,
  environment,
  version: "bench",
  log: openLog("error"),
  onBroken: (fault) => {
    throw fault;
  },
});
const ours = await openOurs(server);
const served = createAnthropic({ baseURL: `${modelUrl}/v1`, apiKey: "bench" })("claude-sonnet-5-5");
const models: Readonly<Record<Job["model"], LanguageModelV4>> = { scripted: makeScriptedModel("scripted"), served };

process.on("message", (job: Job) => {
  answer(job).catch((fault: unknown) => {
    console.error(fault);
    process.exit(1);
  });
});
process.once("SIGTERM", () => process.exit(0));
process.send?.({ url: server.url });

async function answer(job: Job): Promise<void> {
  process.send?.(await carryOut(job));
}

async function carryOut(job: Job): Promise<Done> {
  const { loop, model, steps, turns, parallel } = job;
  const sessions = await ours.prepare(model, loop === "ours" ? turns : loop === "commit" ? 1 : 0);
  const done = await timed(job, runnerOf(job, sessions));
  if (loop === "ours") for (const id of sessions) await ours.check(id, steps);
  if (done.turnMs.length !== turns) throw new Error(`${done.turnMs.length} of ${turns} turns of ${parallel} were made`);
  return done;
}

function runnerOf({ loop, model, steps }: Job, sessions: readonly SessionId[]): (at: number) => Promise<void> {
  const session = (at: number): SessionId => {
    const id = sessions[at];
    if (id === undefined) throw new Error("There are fewer sessions than turns");
    return id;
  };
  switch (loop) {
    case "ours":
      return (at) => ours.turn(session(at), steps);
    case "commit":
      return () => ours.commit(session(0));
    case "stream_text":
      return () => streamTextTurn(models[model], steps);
    case "do_stream":
      return () => doStreamTurn(models[model], steps);
  }
}

async function timed({ turns, parallel }: Job, run: (at: number) => Promise<void>): Promise<Done> {
  const turnMs: number[] = [];
  let next = 0;
  const lane = async () => {
    while (next < turns) {
      const at = next++;
      const startedAt = performance.now();
      await run(at);
      turnMs.push(performance.now() - startedAt);
    }
  };
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: parallel }, lane));
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  return { elapsedMs, cpuMs: (user + system) / 1_000, turnMs };
}
