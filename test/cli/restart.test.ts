/** A server that is killed in the middle of a turn: whoever follows the turn sees it through. */
import { expect, it } from "vitest";
import { openServedHome, script, SLOW } from "./cli.ts";

it("follows a turn over a killed server to its end, and repeats nothing", { timeout: 60_000 }, async () => {
  await using served = await openServedHome();
  const steps = [
    { text: "First.", tools: [{ name: "list_directory", input: { path: "/" } }] },
    { ...SLOW, tools: [{ name: "list_directory", input: { path: "/" } }] },
    { text: "Last." },
  ];
  const running = served.start(["run", "-o", "json", script(...steps)]);
  await running.said('"iteration":2');
  served.serve.child.kill("SIGKILL");
  await served.serve.ended;
  const again = served.home.start(["serve", "--port", new URL(served.url).port, "--data", served.data]);
  await again.said("Serai is ready");
  const { code, stdout } = await running.ended;
  again.child.kill("SIGTERM");
  await again.ended;
  expect(code).toBe(0);
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { seq?: number; type: string; text?: string });
  const seqs = lines.flatMap(({ seq }) => (seq === undefined ? [] : [seq]));
  expect(seqs).toEqual(seqs.map((_, at) => 2 + at));
  expect(lines.filter(({ type }) => type === "turn.interrupted")).toHaveLength(1);
  expect(lines.at(-1)).toMatchObject({ type: "run.ended", status: "completed", text: "Last." });
});
