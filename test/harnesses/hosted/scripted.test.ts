import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { openGrep } from "../../../src/lib/grep/grep.ts";
import { drive, Log, shown } from "./drive.ts";
import { fileTools } from "./memory-files.ts";
import type { Files } from "./memory-files.ts";
import { beginScript, resultTexts } from "./scripts.ts";
import { makeTools } from "./tools.ts";

describe("the scripted model (H2)", () => {
  it("says what it is where nobody told it what to say", async () => {
    const log = Log.begin("Hello?");
    const { hints } = await drive(log);
    expect(shown(hints)).toMatch(/scripted model[\s\S]+ANTHROPIC_API_KEY/);
    expect(log.last("turn.completed").stop_reason).toBe("end_turn");
  });

  it("plays text, thinking and calls, one step a model call, and is done after the last", async () => {
    const log = beginScript([
      { thinking: "Hm, yes", text: "Doing it", tools: [{ name: "do", input: { it: 1 } }] },
      { text: "First done" },
    ]);
    const { toolSet, calls } = makeTools({ do: {} });
    await drive(log, { tools: toolSet });
    log.say("And now?");
    await drive(log, { tools: toolSet });
    expect(log.all("reason.thinking.completed").map(({ data }) => data.thinking)).toEqual(["Hm, yes"]);
    expect(calls).toHaveLength(1);
    expect(log.all("output.message.completed").map(({ data }) => data.message.content.at(-1))).toMatchObject([
      { type: "tool_call", name: "do" },
      { text: "First done" },
      { text: "done" },
    ]);
  });

  it("streams as many deltas as asked for", async () => {
    const { hints } = await drive(beginScript([{ text: "x".repeat(100), chunks: 20 }]));
    expect(hints).toHaveLength(20);
  });

  it("follows a script in the system prompt", async () => {
    const log = Log.begin("Go");
    await drive(log, { instructions: 'Be nice\n```serai-script\n[{"text": "From above"}]\n```' });
    expect(log.last("output.message.completed").message.content).toEqual([{ type: "text", text: "From above" }]);
  });

  it("says why it cannot read a script", async () => {
    const log = Log.begin('```serai-script\n[{"txet": "Oops"}]\n```');
    const { hints } = await drive(log);
    expect(shown(hints)).toMatch(/cannot be read[\s\S]+txet/);
  });

  it("plays faults that pass, that break off and that stay", async () => {
    const passing = beginScript([{ status: 503, times: 2 }, { text: "Up again" }]);
    await drive(passing);
    expect(passing.last("llm.generation").metadata.retry?.attempts).toBe(3);
    const cut = beginScript([{ text: "one two three", chunks: 3, cutAfterChunks: 1, times: 1 }]);
    const { hints } = await drive(cut);
    expect(hints.some(({ kind }) => kind === "restart")).toBe(true);
    expect(shown(hints)).toBe("one two three");
    const failing = beginScript([{ text: "one two", chunks: 2, status: 529, failAfterChunks: 1 }]);
    await drive(failing);
    expect(failing.last("turn.failed").error_code).toBe("provider_unavailable");
    const parked = beginScript([{ status: 429, retryAfter: 3600 }]);
    expect((await drive(parked)).waits).toMatchObject({ kind: "waits", resumeInMs: 3_600_000 });
    const refused = beginScript([{ status: 401, errorCode: "invalid_api_key" }]);
    await drive(refused);
    expect(refused.last("turn.failed").error_code).toBe("provider_misconfigured");
  });

  it.each([
    { hang: true },
    { text: "And then", hang: true },
    { delayMs: 600_000, text: "Late" },
    { text: "a b", chunkDelayMs: 600_000 },
  ])("stops at once in the middle of %j", async (step) => {
    const stop = new AbortController();
    const log = beginScript([step]);
    const before = log.events.length;
    setTimeout(() => stop.abort(), 20);
    await drive(log, { signal: stop.signal });
    expect(log.events).toHaveLength(before);
  });

  it("loads no vendor's package", async () => {
    const script = `
      import { registerHooks } from "node:module";
      const seen = [];
      registerHooks({ resolve: (specifier, context, next) => (seen.push(specifier), next(specifier, context)) });
      const { makeHostedHarness } = await import("./src/harnesses/hosted/harness.ts");
      const { openModel } = await import("./src/harnesses/hosted/providers.ts");
      makeHostedHarness({ clock: { now: Date.now, monotonic: () => 0 }, random: Math.random });
      await openModel({ providerType: "scripted", providerId: null, baseUrl: null, apiKey: null, vendorModel: "scripted" });
      const scripted = seen.filter((each) => /^(?:ai|@ai-sdk\\/.*)$/.test(each));
      await openModel({ providerType: "anthropic", providerId: null, baseUrl: null, apiKey: "k", vendorModel: "claude" });
      console.log(JSON.stringify([scripted, seen.includes("@ai-sdk/anthropic"), seen.includes("ai"), seen.includes("@ai-sdk/openai")]));`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
    expect(JSON.parse(stdout)).toEqual([[], true, false, false]);
  });
});

describe("the scripted model, asked about a CSV file", () => {
  const grep = openGrep();
  afterAll(() => grep[Symbol.asyncDispose]());

  const orders = [
    "id,date,region,product,revenue",
    "1,2026-01-03,North,Tea,10.5",
    "2,2026-01-04,South,Coffee,20",
    '3,2026-01-05,North,"Tea, green",30',
    "4,2026-01-06,North,Tea,39.5",
  ];

  async function analyse(
    lines: readonly string[],
    ask = "Please analyse the CSV file",
  ): Promise<{ log: Log; files: Files; report: string }> {
    const files: Files = new Map([
      ["/data.csv", Buffer.from(lines.join("\n"))],
      ["/notes.txt", Buffer.from("North\n")],
    ]);
    const log = Log.begin(ask);
    await drive(log, { tools: fileTools(files, grep) });
    return { log, files, report: Buffer.from(files.get("/report.md") ?? []).toString() };
  }

  it("works through it with the session's tools and writes figures that it computed from their results", async () => {
    const { log, report } = await analyse(orders);
    expect(log.all("tool.completed").map(({ data }) => data.tool_name)).toEqual([
      "list_directory",
      "read_file",
      "grep_files",
      "read_file",
      "write_file",
    ]);
    expect(resultTexts(log)[2]).toContain("/data.csv:2:");
    expect(report).toContain("4 rows and 5 columns");
    expect(report).toContain("revenue adds up to 100, 25 on average; North has the largest share by region, 80.");
    expect(report).toContain("| revenue | 4 | 100 | 25 | 10.5 | 39.5 |");
    expect(report).toContain("A search for `North` finds 3 lines.");
    expect(report).toContain("| South | 1 | 20 |");
    expect(log.last("output.message.completed").message.content).toMatchObject([
      { text: expect.stringContaining("/report.md") },
    ]);
    expect(log.last("turn.completed").stop_reason).toBe("end_turn");
  });

  it("says other things of other figures", async () => {
    const { report } = await analyse(
      orders.slice(0, 3).concat("9,2026-02-01,East,Cocoa,-5", "10,2026-02-02,East,Cocoa,1000000"),
    );
    expect(report).toContain("revenue adds up to 1,000,025.5");
    expect(report).toContain("A search for `East` finds 2 lines.");
  });

  it("reads a long file to its end, page by page", async () => {
    const many = Array.from({ length: 5_000 }, (_, index) => `${index},${index % 2 === 0 ? "even" : "odd"},1`);
    const { log, report } = await analyse(["id,kind,amount", ...many]);
    expect(report).toContain("5,000 rows");
    expect(report).toContain("| amount | 5000 | 5,000 | 1 | 1 | 1 |");
    expect(report).toMatch(/finds at least \d+ lines/);
    expect(log.all("tool.completed").filter(({ data }) => data.tool_name === "read_file").length).toBeGreaterThan(3);
  });

  it("takes the file that is named, and says so if it is not there", async () => {
    const { log } = await analyse(orders, "Summarise /missing.csv as CSV");
    expect(log.last("output.message.completed").message.content).toMatchObject([
      { text: expect.stringContaining("/missing.csv") },
    ]);
    expect(log.all("tool.completed").map(({ data }) => data.tool_name)).toEqual(["list_directory", "read_file"]);
  });

  it("has nothing to do without a CSV file", async () => {
    const log = Log.begin("Analyse the csv");
    await drive(log, { tools: fileTools(new Map([["/a.txt", Buffer.from("a")]]), grep) });
    expect(log.last("output.message.completed").message.content).toMatchObject([
      { text: expect.stringContaining("no CSV file") },
    ]);
  });
});
