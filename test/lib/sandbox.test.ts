/** What a sandboxed program can and cannot do, tried by one. Skipped where bubblewrap is missing or may not work. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findSandbox, sandboxed } from "../../src/lib/sandbox.ts";
import type { SandboxPlan } from "../../src/lib/sandbox.ts";
import { readStat } from "../../src/lib/process-table.ts";

const run = promisify(execFile);
const found = await findSandbox();

describe("a sandbox that cannot be had", () => {
  it("says so in words", async () => {
    expect(await findSandbox("no-such-bubblewrap")).toMatchObject({ kind: "none" });
    expect(await findSandbox("false")).toMatchObject({ kind: "none" });
  });
});

describe.skipIf(found.kind === "none")("a sandbox of bubblewrap (C6)", () => {
  let folder = "";
  let plan: SandboxPlan = { folder: "/", writable: [], protected: [], hidden: [], readable: [], hasNetwork: true };
  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), "serai-sandbox-")));
    await Promise.all(
      ["tree/.claude", "outside", "secret"].map((name) => mkdir(join(folder, name), { recursive: true })),
    );
    await writeFile(join(folder, "tree/.claude/settings.json"), "{}");
    await writeFile(join(folder, "secret/key"), "hush");
    plan = {
      folder: join(folder, "tree"),
      writable: [join(folder, "tree"), join(folder, "not-there")],
      protected: [join(folder, "tree/.claude/settings.json")],
      hidden: [join(folder, "secret")],
      readable: [],
      hasNetwork: true,
    };
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function sh(script: string, changed: Partial<SandboxPlan> = {}): Promise<string> {
    if (found.kind === "none") throw new Error(found.why);
    const line = sandboxed(found.command, { ...plan, ...changed }, { command: "/bin/sh", args: ["-c", script] });
    const { stdout } = await run(line.command, [...line.args]);
    return stdout.trim();
  }

  it("lets it write in its tree and nowhere else", async () => {
    const said = await sh(
      `echo in > new.txt && echo ok; echo out > ../outside/x || echo no; echo out > /etc/x || echo no`,
    );
    expect(said).toBe("ok\nno\nno");
    expect(await readFile(join(folder, "tree/new.txt"), "utf8")).toBe("in\n");
  });

  it("keeps settings as they are that would run something outside", async () => {
    expect(await sh(`echo '{"hooks":1}' > .claude/settings.json || echo no`)).toBe("no");
    expect(await readFile(join(folder, "tree/.claude/settings.json"), "utf8")).toBe("{}");
  });

  it("hides what is not its business, and other processes", async () => {
    expect(await sh(`ls ${join(folder, "secret")} | wc -l; ls /tmp | wc -l; ls -d /proc/[0-9]* | wc -l`)).toMatch(
      /^0\n[01]\n[1-9]$/,
    );
  });

  it("shows of what is hidden what it needs", async () => {
    const readable = [join(folder, "secret/key")];
    expect(await sh(`cat ${readable[0] ?? ""}; echo x > ${readable[0] ?? ""} || echo no`, { readable })).toBe("hushno");
  });

  it("has no network where it is off", async () => {
    expect(
      await sh(`ls /sys/class/net >/dev/null; cat /proc/net/dev | grep -v lo: | wc -l`, { hasNetwork: false }),
    ).toBe("2");
  });

  it("ends with everything in it when the program that it was started as is ended", async () => {
    if (found.kind === "none") return;
    const script = `setsid sleep 321 & (setsid env -i /bin/sleep 322 &); echo up; wait`;
    const line = sandboxed(found.command, plan, { command: "/bin/sh", args: ["-c", script] });
    const child = spawn(line.command, [...line.args], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
    await once(child.stdout, "data");
    const { stdout } = await run("pgrep", ["-f", "sleep 32[12]$"]);
    const inside = stdout.trim().split("\n").map(Number);
    expect(inside.length).toBeGreaterThanOrEqual(2);
    child.kill("SIGKILL");
    await once(child, "exit");
    const until = performance.now() + 5_000;
    const left = async () => (await Promise.all(inside.map(readStat))).filter((row) => row !== undefined);
    while ((await left()).length > 0 && performance.now() < until);
    expect(await left()).toEqual([]);
  });
});
