/** Installing on a real disk: every agent, both places, links, modes, files that others changed, and the way back. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readHookStatus } from "../../src/install/hook-status.ts";
import { IDES } from "../../src/install/ides.ts";
import type { Ide, Scope } from "../../src/install/ides.ts";
import { installHooks, uninstallHooks } from "../../src/install/install-hooks.ts";
import type { HookInstallation } from "../../src/install/install-hooks.ts";
import { targetOf } from "../../src/install/places.ts";
import { HookWorld } from "./hook-world.ts";

let world: HookWorld;
beforeEach(() => {
  world = new HookWorld();
});
afterEach(() => world[Symbol.dispose]());

function install(ide: Ide, scope: Scope, more: Partial<HookInstallation> = {}) {
  const server = world.access("http://127.0.0.1:7080");
  const wanted = { ide, scope, server, keyId: null, isStrict: false, usesHttp: true, ...more };
  const done = installHooks(wanted, world.place);
  if (!done.ok) throw new Error(done.reason);
  return done.value;
}

function uninstall(ide: Ide, scope: Scope) {
  const done = uninstallHooks(ide, scope, world.place);
  if (!done.ok) throw new Error(done.reason);
  return done.value;
}

/** Every file and link below, with what is in it and who may do what with it. */
function snapshot(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .map((path) => {
      const stat = lstatSync(path);
      const content = stat.isFile() ? readFileSync(path, "utf8") : stat.isSymbolicLink() ? "link" : "";
      return `${path} ${(stat.mode & 0o7777).toString(8)} ${content}`;
    });
}

const cells = IDES.flatMap((ide) => (["user", "project"] as const).map((scope) => ({ ide, scope })));

describe.each(cells)("hooks of $ide for the $scope", ({ ide, scope }) => {
  const target = () => targetOf(ide, scope, world.place).path;
  const put = (text: string) => {
    mkdirSync(dirname(target()), { recursive: true });
    writeFileSync(target(), text);
  };

  it("are installed where nothing was, and leave nothing behind", () => {
    world.git("init", "-q");
    const before = snapshot(world.root);
    install(ide, scope);
    expect(readHookStatus(ide, scope, world.place)).toMatchObject({
      state: "installed",
      server: "double",
      isStrict: false,
    });
    uninstall(ide, scope);
    expect(snapshot(world.root)).toEqual(before);
    expect(readHookStatus(ide, scope, world.place).state).toBe("absent");
  });

  it("are the same when they are installed twice", () => {
    install(ide, scope);
    const once = snapshot(world.root);
    expect(install(ide, scope).files[0]?.action).toBe("unchanged");
    expect(snapshot(world.root)).toEqual(once);
  });

  it("become strict and free again, and go without a trace", () => {
    const before = snapshot(world.root);
    install(ide, scope);
    const free = readFileSync(target(), "utf8");
    install(ide, scope, { isStrict: true });
    expect(readHookStatus(ide, scope, world.place)).toMatchObject({ state: "installed", isStrict: true });
    install(ide, scope);
    expect(readFileSync(target(), "utf8")).toBe(free);
    uninstall(ide, scope);
    expect(snapshot(world.root)).toEqual(before);
  });

  it.skipIf(ide === "opencode" || ide === "pi")("give a file that was there back, byte for byte, with its mode", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("\uFEFF", ""),
        fc.constantFrom("", "  \n", "{}", '{ "theme": "dark", /* mine */ "hooks": {} }', '{\r\n\t"a": [1,],\r\n}\r\n'),
        (mark, text) => {
          put(mark + text);
          chmodSync(target(), 0o640);
          install(ide, scope);
          expect(statSync(target()).mode & 0o777).toBe(0o640);
          expect(readHookStatus(ide, scope, world.place).state).toBe("installed");
          uninstall(ide, scope);
          expect(readFileSync(target(), "utf8")).toBe(mark + text);
          expect(statSync(target()).mode & 0o777).toBe(0o640);
        },
      ),
      { numRuns: 4 },
    );
  });
});

describe("a file of hooks", () => {
  const path = () => join(world.home, ".cursor", "hooks.json");
  const put = (text: string) => {
    mkdirSync(dirname(path()), { recursive: true });
    writeFileSync(path(), text);
  };

  it("that its owner changed since keeps the change", () => {
    put('{ "version": 1 }\n');
    install("cursor", "user");
    const changed = readFileSync(path(), "utf8").replace('"version": 1', '"version": 1, "mine": true /* kept */');
    writeFileSync(path(), changed);
    expect(install("cursor", "user", { isStrict: true }).files[0]?.action).toBe("written");
    writeFileSync(path(), readFileSync(path(), "utf8").replace("true", "false"));
    expect(uninstall("cursor", "user").files[0]).toMatchObject({ action: "cleaned" });
    expect(readFileSync(path(), "utf8")).toBe('{ "version": 1, "mine": false /* kept */\n }\n');
  });

  it("that is no JSON is left alone, and the place is named", () => {
    put('{\n  "version": 1,\n  hooks: }');
    const server = world.access("http://127.0.0.1:7080");
    const wanted = { ide: "cursor", scope: "user", server, keyId: null, isStrict: false, usesHttp: true } as const;
    const done = installHooks(wanted, world.place);
    expect(done).toMatchObject({ ok: false });
    expect(done.ok ? "" : done.reason).toContain(`Cannot change ${path()}: it is no JSON`);
    expect(done.ok ? "" : done.reason).toMatch(/line 3, column \d+/);
    expect(readFileSync(path(), "utf8")).toBe('{\n  "version": 1,\n  hooks: }');
    expect(readHookStatus("cursor", "user", world.place)).toMatchObject({ state: "unreadable" });
  });

  it("that is a link stays one, and where it leads is said", () => {
    const real = join(world.root, "dotfiles.json");
    writeFileSync(real, "{}");
    mkdirSync(dirname(path()), { recursive: true });
    symlinkSync(real, path());
    const [file] = install("cursor", "user").files;
    expect(file).toMatchObject({ path: real, action: "written" });
    expect(file?.notes[0]).toContain(`${path()} leads to ${real} by a link`);
    expect(lstatSync(path()).isSymbolicLink()).toBe(true);
    uninstall("cursor", "user");
    expect(readFileSync(real, "utf8")).toBe("{}");
    expect(lstatSync(path()).isSymbolicLink()).toBe(true);
  });

  it("that is a link to nowhere is refused", () => {
    mkdirSync(dirname(path()), { recursive: true });
    symlinkSync(join(world.root, "gone"), path());
    expect(() => install("cursor", "user")).toThrow("is a link to nowhere");
  });

  it("in which bytes are no text is refused", () => {
    mkdirSync(dirname(path()), { recursive: true });
    writeFileSync(path(), Buffer.from([0x7b, 0xff, 0x7d]));
    expect(() => install("cursor", "user")).toThrow("is no text in UTF-8");
  });

  it("is emptied of ours on a machine that never installed them", () => {
    put('{ "version": 1 }\n');
    install("cursor", "user");
    const text = readFileSync(path(), "utf8");
    uninstall("cursor", "user");
    writeFileSync(path(), text);
    expect(uninstall("cursor", "user").files[0]?.action).toBe("cleaned");
    expect(JSON.parse(readFileSync(path(), "utf8"))).toEqual({ version: 1 });
  });

  it("of a plugin that is somebody else's is left alone", () => {
    const plugin = join(world.home, ".pi", "agent", "extensions", "serai.js");
    mkdirSync(dirname(plugin), { recursive: true });
    writeFileSync(plugin, "export default () => {};\n");
    expect(() => install("pi", "user")).toThrow("is not Serai's");
    expect(readFileSync(plugin, "utf8")).toBe("export default () => {};\n");
  });
});

describe("the key of Claude Code's requests", () => {
  const local = () => join(world.project, ".claude", "settings.local.json");

  it("is in a file that is for its owner alone and that git does not take", () => {
    world.git("init", "-q");
    const { files } = install("claude-code", "project");
    expect(readFileSync(local(), "utf8")).toContain("Bearer srk_of-the-hooks");
    expect(statSync(local()).mode & 0o777).toBe(0o600);
    expect(files.map(({ path }) => path)).toEqual([local(), join(world.project, ".git", "info", "exclude")]);
    expect(world.git("status", "--porcelain", "-uall")).toBe("");
  });

  it("is not put into a file that git has; the way out is named, and works", () => {
    world.git("init", "-q");
    mkdirSync(dirname(local()), { recursive: true });
    writeFileSync(local(), "{}");
    world.git("add", "-f", local());
    expect(() => install("claude-code", "project")).toThrow("Install with --command");
    expect(readFileSync(local(), "utf8")).toBe("{}");
    install("claude-code", "project", { usesHttp: false });
    expect(readFileSync(local(), "utf8")).not.toContain("srk_");
  });

  it("in a file that others can read is warned of", () => {
    const file = join(world.home, ".claude", "settings.json");
    mkdirSync(dirname(file));
    writeFileSync(file, "{}", { mode: 0o644 });
    expect(install("claude-code", "user").notes[0]).toContain(`chmod 600 ${file}`);
  });
});

describe("the folder of the hooks", () => {
  it("goes with the last of what used it, and the key is given back to be revoked", () => {
    install("cursor", "user", { keyId: "key_1" });
    install("codex", "user");
    expect(uninstall("cursor", "user").keys).toEqual([]);
    expect(existsSync(world.folder.script)).toBe(true);
    expect(uninstall("codex", "user").keys).toEqual([{ id: "key_1", url: "http://127.0.0.1:7080" }]);
    expect(existsSync(world.folder.path)).toBe(false);
  });

  it("keeps no copy of what is in anybody's file", () => {
    const file = join(world.home, ".gemini", "settings.json");
    mkdirSync(dirname(file));
    writeFileSync(file, '{"env": {"SECRET": "hunter2"}, "hooks": {"BeforeTool": []}}');
    install("gemini", "user");
    for (const line of snapshot(world.folder.path)) expect(line).not.toContain("hunter2");
    expect(statSync(world.folder.ledger).mode & 0o777).toBe(0o600);
  });
});
