/** The script for Windows, as text: no PowerShell runs here, so what can be seen without one is all that is held. */
import { describe, expect, it } from "vitest";
import { entriesOf } from "../../src/install/hook-commands.ts";
import type { HookSite } from "../../src/install/hook-commands.ts";
import { fileOf, IDES } from "../../src/install/ides.ts";
import { readAsset } from "../../src/install/scripts.ts";

const shell = readAsset("hook.sh");
const power = readAsset("hook.ps1");
const files = IDES.map((ide) => fileOf(ide)).filter((file) => file.kind === "hooks");

function wordsIn(text: string, pattern: RegExp): readonly string[] {
  return (
    (pattern.exec(text)?.[1] ?? "")
      .match(/\w+/g)
      ?.filter((word) => word !== "strict")
      .toSorted() ?? []
  );
}

describe("the two scripts of a hook", () => {
  it("stop the same events when they are strict, which are those that the agents' tables gate (R9)", () => {
    const gates = new Set(files.flatMap(({ events }) => events.flatMap(({ name, gates: is }) => (is ? [name] : []))));
    const inPower = wordsIn(power, /\$gates = @\(([^)]*)\)/);
    const inShell = wordsIn(shell, /case \$strict:\$event in\n([^)]*)\)/);
    expect(new Set(inPower)).toEqual(gates);
    expect(inShell).toEqual(inPower);
  });

  it("say a refusal on standard output to Copilot alone", () => {
    expect(shell).toContain("copilot:* | claude-code:copilot)");
    expect(power).toContain("if ($Ide -ceq 'copilot' -or ($Ide -ceq 'claude-code' -and $env:COPILOT_CLI)) {");
  });

  it("wait 0.8 s at the same ends and 2.5 s otherwise", () => {
    const inShell = wordsIn(shell, /case \$event in\n([^)]*)\) limit=0\.8/);
    expect(wordsIn(power, /\$ends = @\(([^)]*)\)/)).toEqual(inShell);
    expect(inShell).toContain("SessionEnd");
    expect(shell).toContain("*) limit=2.5");
    expect(power).toContain("{ 800 } else { 2500 }");
  });

  it("send the same headers, rest for the same time and keep the same size of log", () => {
    const headers = (text: string) => new Set(text.match(/X-Serai-(?!Host|Exit|Note|Head\b)[A-Z][A-Za-z-]+\w/g));
    expect(headers(power)).toEqual(headers(shell));
    for (const text of [shell, power]) {
      expect(text).toMatch(/\b30\b/);
      expect(text).toContain("65536");
    }
  });

  it("write to standard output in three places only: the answer, the yes without one, and the no", () => {
    expect(power.match(/OpenStandardOutput/g)).toHaveLength(3);
    expect(power).not.toMatch(/Write-(?:Host|Output)|^\s*echo /m);
    expect(power.split("{").length).toBe(power.split("}").length);
    expect(power.split("(").length).toBe(power.split(")").length);
  });
});

describe("commands on Windows", () => {
  const server = { name: "s", url: "http://127.0.0.1:7080", key: "k", hostId: "h" };
  const site = (ide: HookSite["ide"], folder: string | null): HookSite => ({
    ...{ ide, folder, server, isStrict: false, usesHttp: false, platform: "win32" },
  });
  const textOf = (ide: HookSite["ide"], folder: string | null) => {
    const file = fileOf(ide);
    return file.kind === "hooks" ? JSON.stringify([...entriesOf(file, site(ide, folder)).values()]) : "";
  };

  it("run PowerShell with the script's file, but where the agent brings a shell or others share the file", () => {
    const folder = "C:\\Users\\A B\\.config\\serai\\hooks";
    for (const ide of ["cursor", "gemini", "windsurf"] as const) {
      expect(textOf(ide, folder)).toContain(
        String.raw`-File \"C:\\Users\\A B\\.config\\serai\\hooks\\hook.ps1\" ${ide} `,
      );
      expect(textOf(ide, null)).not.toContain("hook.ps1");
    }
    expect(textOf("claude-code", folder)).toContain("'C:/Users/A B/.config/serai/hooks' claude-code SessionStart s");
    expect(textOf("codex", null)).toContain("commandWindows");
    expect(textOf("copilot", folder)).toContain("& $s copilot preToolUse s; exit $LASTEXITCODE");
  });
});
