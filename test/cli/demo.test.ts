/** `npm run demo` as a person runs it: with the scripted model, with a provider from the environment, on a server that runs. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openModelServer } from "../model-server/server.ts";
import { Home, openServedHome } from "./cli.ts";

const root = join(import.meta.dirname, "..", "..");

async function runDemo(env: Readonly<Record<string, string>>) {
  const { PATH } = process.env;
  const child = spawn(process.execPath, [join(root, "examples", "demo.ts")], { cwd: root, env: { PATH, ...env } });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}

describe("the demo", { timeout: 60_000 }, () => {
  it("has the scripted model read, grep and report on the CSV, streams it all, and leaves the report", async () => {
    using home = new Home();
    const { code, output } = await runDemo({ SERAI_DATA: join(home.path, "none"), TMPDIR: home.path });
    expect(output).toContain("Done in");
    expect(code).toBe(0);
    expect(output).toMatch(/^Server {3}http:\/\/127\.0\.0\.1:\d+, started for this demo$/m);
    expect(output).toContain("Model    the scripted model");
    expect(output).toContain("Upload   /sales.csv, 12,011 lines");
    for (const tool of ["list_directory", "read_file", "grep_files", "write_file"]) {
      expect(output).toMatch(new RegExp(`^ {2}● ${tool} {2}\\d+ ms$`, "m"));
    }
    const report = readFileSync(join(root, ".serai", "demo", "report.md"), "utf8");
    expect(output).toContain(report);
    expect(report).toContain("12,010 rows and 9 columns");
    // The data of the server it started are gone.
    expect(readdirSync(home.path).filter((name) => name.startsWith("serai-demo"))).toEqual([]);
  });

  it("uses the provider of the environment and says which", async () => {
    using home = new Home();
    await using models = await openModelServer();
    models.setScript([
      { text: "Reading.", tools: [{ name: "grep_files", input: { pattern: "North", path_pattern: "/sales.csv" } }] },
      { tools: [{ name: "write_file", input: { path: "/report.md", content: "# By a real wire\n" } }] },
      { text: "Reported." },
    ]);
    const vendor = { ANTHROPIC_API_KEY: "sk-test", ANTHROPIC_BASE_URL: `${models.url}/v1` };
    const { code, output } = await runDemo({ SERAI_DATA: join(home.path, "none"), TMPDIR: home.path, ...vendor });
    expect(output).toContain("# By a real wire");
    expect(code).toBe(0);
    expect(output).toMatch(/^Model {4}Claude .+, of the provider "Anthropic \(environment\)"$/m);
    expect(output).toMatch(/out tokens, \$\d/);
  });

  it("works on the server that is running here", async () => {
    await using served = await openServedHome();
    const { code, output } = await runDemo({ SERAI_DATA: served.data });
    expect(code).toBe(0);
    expect(output).toContain(`Server   ${served.url}, which is running here`);
    expect((await served.run(["sessions", "list"])).stdout).toContain("Demo: sales analysis");
  });

  it("says in one sentence what went wrong, and ends with 1", async () => {
    using home = new Home();
    await using models = await openModelServer();
    models.setScript([{ status: 400, errorMessage: "no credit" }]);
    const vendor = { ANTHROPIC_API_KEY: "sk-test", ANTHROPIC_BASE_URL: `${models.url}/v1` };
    const { code, output } = await runDemo({ SERAI_DATA: join(home.path, "none"), TMPDIR: home.path, ...vendor });
    expect(code).toBe(1);
    expect(output).toMatch(/^demo: The turn failed: .*no credit/m);
  });
});
