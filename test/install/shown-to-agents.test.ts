/** Files in which hooks keep a key of their user, as isolated agents see them (X17). */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { installHooks } from "../../src/install/install-hooks.ts";
import { putServer } from "../../src/install/scripts.ts";
import { shownToAgents } from "../../src/install/shown-to-agents.ts";
import { HookWorld } from "./hook-world.ts";

const url = "http://127.0.0.1:7080";
const isOwn = (other: string) => other === url;

let world: HookWorld;
beforeEach(() => {
  world = new HookWorld();
});
afterEach(() => world[Symbol.dispose]());

function install(scope: "user" | "project") {
  const wanted = { ide: "claude-code", scope, keyId: null, isStrict: false, usesHttp: true } as const;
  const done = installHooks({ ...wanted, server: world.access(url) }, world.place);
  if (!done.ok) throw new Error(done.reason);
  return done.value.files.map(({ path }) => path);
}

it("X17: are nothing where no hooks were ever installed", () => {
  expect(shownToAgents(world.place, { key: "srk_own", isOwn })).toEqual([]);
});

it("X17: have the agent's own key in the place of the user's, in settings of users and projects alike", () => {
  const paths = [...install("user"), ...install("project")];
  const shown = shownToAgents(world.place, { key: "srk_own", isOwn });
  expect(shown.map(({ path }) => path)).toEqual(expect.arrayContaining([world.folder.serverFile("double"), ...paths]));
  for (const { path, text } of shown) {
    expect(text).toBe(readFileSync(path, "utf8").replaceAll("srk_of-the-hooks", "srk_own"));
    expect(text).toContain("srk_own");
  }
});

it("X17: name no server but the agent's own, and no key where the agent has none", () => {
  const [path = ""] = install("user");
  const there = { url: "https://serai.example.com", key: "srk_there", hostId: "hst_there" };
  putServer(world.folder, "there", there);
  writeFileSync(path, readFileSync(path, "utf8").replace("{", '{"other": "srk_there",'));
  const shown = shownToAgents(world.place, { key: "srk_own", isOwn });
  expect(shown.map((each) => each.path).toSorted()).toEqual([path, world.folder.serverFile("double")].toSorted());
  expect(JSON.stringify(shown)).not.toContain("srk_there");
  const bare = shownToAgents(world.place, { key: null, isOwn });
  expect(bare.map((each) => each.path)).toEqual([path]);
  expect(bare[0]?.text).not.toMatch(/srk_of-the-hooks|srk_own|srk_there/);
});

it("X17: are told by where they are once links are followed", () => {
  const kept = join(world.home, "dotfiles.json");
  const linked = join(world.home, ".claude", "settings.json");
  writeFileSync(kept, "{}\n");
  mkdirSync(dirname(linked), { recursive: true });
  symlinkSync(kept, linked);
  install("user");
  expect(shownToAgents(world.place, { key: "srk_own", isOwn }).map(({ path }) => path)).toContain(kept);
});

it("X17: cannot be told where nobody knows what was installed, and that is a fault", () => {
  install("user");
  writeFileSync(world.folder.ledger, "{");
  expect(() => shownToAgents(world.place, { key: "srk_own", isOwn })).toThrow(/is damaged/);
});
