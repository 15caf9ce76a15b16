/**
 * W8: a hosted turn with k tool steps and 20 deltas an answer, over the same model calls bare; and many sessions at once.
 *
 * Ours and the bare loops run in one process, turn by turn in alternation; the model is the scripted one in that process, or the
 * vendors' wire protocol from a server in another. The limit is made of commits: the median of one write of one event in the
 * same round. Every turn is checked, ours in its log.
 */
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { openModelServer } from "../../test/model-server/server.ts";
import { against, told } from "../bench.ts";
import type { Bench, BenchOptions, BenchResult, Row } from "../bench.ts";
import { openCalm } from "../calm.ts";
import type { Calm } from "../calm.ts";
import { openChild } from "../child.ts";
import type { Child } from "../child.ts";
import { makeFolder } from "../data-folder.ts";
import { medianOf } from "../statistics.ts";
import type { Done, Job, LoopName, ModelName } from "./script.ts";

const STEPS = [0, 1, 10] as const;
/** Everruns says p50 39 ms at 1 and 33.6 turns/s at 8; measured elsewhere, so only told. */
const OTHERS =
  "Restate ≈ 5.7 ms + 1.3 a step, DBOS 3.7 + 3.4 (measured earlier on such a machine), Everruns' own p50 39 ms";

type Bare = Exclude<LoopName, "ours" | "commit">;
type Round = Readonly<Record<LoopName, readonly number[]>>;

export const bench: Bench = { name: "hosted-turn", run };

async function run({ isQuick, say }: BenchOptions): Promise<BenchResult> {
  await using folder = await makeFolder();
  await using models = await openModelServer({ keep: 0 });
  const rounds = isQuick ? 3 : 9;
  const rows: Row[] = [];
  const calm = openCalm();
  {
    await using host = await openHost({ data: join(folder.path, "latency"), modelUrl: models.url });
    for (const model of ["scripted", "served"] as const) {
      rows.push(...(await measureLatency(host, { model, rounds, calm, turns: isQuick ? 10 : 30 })));
      say(`turns of the ${model} model are measured`);
    }
  }
  const core = isQuick ? undefined : pinnedCore();
  await using host = await openHost({ data: join(folder.path, "load"), modelUrl: models.url, core });
  for (const model of ["scripted", "served"] as const) {
    for (const parallel of [8, 16])
      rows.push(await measureLoad(host, { model, parallel, rounds, calm, turns: isQuick ? 64 : 320 }));
    say(`sessions side by side with the ${model} model are measured`);
  }
  const pinned =
    core === undefined
      ? "side by side: not pinned to a core"
      : "side by side: ours, bare and the writer thread on one core";
  return {
    rows,
    notes: [
      `stream_text is the AI SDK's loop, do_stream the provider's package alone, which is what our harness calls; ${pinned}`,
      "scripted: the model is a function in the process; served: the Anthropic wire protocol from another process",
      `to be ahead of: ${OTHERS}`,
      calm.told(),
    ],
  };
}

interface HostOptions {
  readonly data: string;
  readonly modelUrl: string;
  readonly core?: number | undefined;
}

async function openHost({ data, modelUrl, core }: HostOptions): Promise<Child> {
  const host = await openChild({ file: join(import.meta.dirname, "host.ts"), args: [data, modelUrl] });
  // All threads, those that are there already too.
  if (core !== undefined) spawnSync("taskset", ["-a", "-p", "-c", String(core), String(host.pid)]);
  return host;
}

function pinnedCore(): number | undefined {
  return spawnSync("taskset", ["--version"]).status === 0 ? availableParallelism() - 1 : undefined;
}

interface Latency {
  readonly model: ModelName;
  readonly rounds: number;
  readonly turns: number;
  readonly calm: Calm;
}

async function measureLatency(host: Child, { model, rounds, turns, calm }: Latency): Promise<Row[]> {
  const loops: readonly LoopName[] = ["ours", "stream_text", "do_stream", "commit"];
  const byRound: Round[][] = [];
  for (let round = -1; round < rounds; round++) {
    const bySteps: Round[] = [];
    for (const steps of STEPS) {
      await calm.moment();
      const times: Record<LoopName, number[]> = { ours: [], stream_text: [], do_stream: [], commit: [] };
      for (let turn = 0; turn < Math.ceil(turns / (1 + steps / 3)); turn++) {
        for (const loop of loops) {
          const { turnMs } = await host.ask<Done>({ loop, model, steps, turns: 1, parallel: 1 } satisfies Job);
          times[loop].push(...turnMs);
        }
      }
      bySteps.push(times);
    }
    // The first round is for the compiler.
    if (round >= 0) byRound.push(bySteps);
  }
  const medians = byRound.map((bySteps) => bySteps.map((times) => mediansOf(times)));
  return [
    ...STEPS.map((steps, at) =>
      told({ what: `${model}: turn of ${steps} steps`, unit: "ms", ...sideBySide(medians, at) }),
    ),
    ...(["stream_text", "do_stream"] as const).flatMap((bare) => overheads(medians, { model, bare })),
  ];
}

type Medians = Readonly<Record<LoopName, number>>;

function mediansOf(times: Round): Medians {
  const [ours, bare, thin, commit] = [times.ours, times.stream_text, times.do_stream, times.commit].map(medianOf);
  if (ours === undefined || bare === undefined || thin === undefined || commit === undefined)
    throw new Error("No round");
  return { ours, stream_text: bare, do_stream: thin, commit };
}

function sideBySide(rounds: readonly (readonly Medians[])[], at: number) {
  const of = (loop: LoopName) => rounds.map((bySteps) => bySteps[at]?.[loop] ?? Number.NaN);
  return { ours: of("ours"), peer: of("stream_text") };
}

function overheads(
  rounds: readonly (readonly Medians[])[],
  { model, bare }: { readonly model: ModelName; readonly bare: Bare },
): Row[] {
  const over = (round: readonly Medians[], at: number) =>
    (round[at]?.ours ?? Number.NaN) - (round[at]?.[bare] ?? Number.NaN);
  const commits = (round: readonly Medians[]) => 2 * medianOf(round.map(({ commit }) => commit));
  const unit = "ms";
  const turn = { ours: rounds.map((round) => over(round, 0)), peer: rounds.map((round) => commits(round) + 2) };
  const step = {
    ours: rounds.map((round) => (over(round, 2) - over(round, 0)) / STEPS[2]),
    peer: rounds.map((round) => commits(round) + 0.5),
  };
  return [
    against({ what: `${model}: a turn over ${bare}`, unit, ...turn }, { text: "≤ 2 commits + 2 ms", most: 1 }),
    against({ what: `${model}: a step over ${bare}`, unit, ...step }, { text: "≤ 2 commits + 0.5 ms", most: 1 }),
  ];
}

interface Load extends Latency {
  readonly parallel: number;
}

async function measureLoad(host: Child, { model, parallel, rounds, turns, calm }: Load): Promise<Row> {
  const perSecond = { ours: [] as number[], stream_text: [] as number[] };
  for (let round = -1; round < rounds; round++) {
    await calm.moment();
    for (const loop of ["ours", "stream_text"] as const) {
      const done = await host.ask<Done>({ loop, model, steps: 1, turns, parallel } satisfies Job);
      if (round >= 0) perSecond[loop].push((turns / done.elapsedMs) * 1_000);
    }
  }
  const measured = { ours: perSecond.ours, peer: perSecond.stream_text };
  return against(
    { what: `${model}: ${parallel} sessions, 1 step each`, unit: "turns/s", ...measured },
    { text: "≥ 60 % of stream_text", least: 0.6 },
  );
}
