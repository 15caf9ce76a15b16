/** Repositories within a checkout, made by whoever works in it: their settings name programs, and none of them is run (C2). */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Checkout } from "../../src/core/ports/checkouts.ts";
import { git } from "../../src/lib/git.ts";
import { snapshotTree } from "../../src/lib/tree-changes.ts";
import { author, commitHere, openGround, put, take, value } from "./repository.ts";
import type { Ground } from "./repository.ts";

let ground: Ground;
let checkout: Checkout;
beforeEach(async () => {
  ground = await openGround();
  checkout = await ground.make();
});
afterEach(() => ground[Symbol.asyncDispose]());

/** With all that git would run if it looked at what has changed in it. */
async function inner(name: string): Promise<string> {
  const path = join(checkout.path, name);
  const evil = `touch ${join(ground.folder, "evil")}`;
  await mkdir(path, { recursive: true });
  await git(path, "init", "--quiet");
  await put(path, { ".gitattributes": "* filter=evil\n", "a.txt": "a\n" });
  const commit = await commitHere(path, "Inner");
  await git(path, "config", "filter.evil.clean", `${evil}; cat`);
  await git(path, "config", "core.fsmonitor", evil);
  await put(path, { "a.txt": "changed\n" });
  return commit;
}

const listed = async () =>
  (await git(checkout.path, "ls-tree", "-r", "HEAD")).split("\n").filter((line) => line.startsWith("160000"));

it("C2: nothing is run that a repository within a checkout names, whatever is done with the checkout", async () => {
  const { checkouts } = ground;
  const commit = await inner("lib/inner");
  // To have it looked into by default.
  await put(checkout.path, { ".gitmodules": '[submodule "i"]\n\tpath = lib/inner\n\turl = ./i\n\tignore = none\n' });
  value(await checkouts.commit(checkout, { message: "With an inner one", author }));
  expect(await listed()).toEqual([`160000 commit ${commit}\tlib/inner`]);
  await put(checkout.path, { "lib/inner/a.txt": "again\n" });
  // What is not committed there is nothing that could be committed here.
  expect(value(await checkouts.state(checkout)).isDirty).toBe(false);
  expect(await snapshotTree(checkout.path)).toEqual(new Map());
  value(await checkouts.diff(checkout, "all"));
  const kept = value(await checkouts.snapshot(checkout, "one"));
  expect(await checkouts.commit(checkout, { message: "Nothing", author })).toMatchObject({
    refusal: { kind: "nothing_to_commit" },
  });
  value(await checkouts.discard(checkout));
  value(await checkouts.restore(checkout, kept.ref));
  await checkouts.remove(checkout, "refuse");
  await expect(take(ground.folder, "evil")).rejects.toThrow("ENOENT");
});

it("takes the commits of repositories within a checkout, leaves those that are not fetched, and sees one go", async () => {
  const { checkouts } = ground;
  await inner("one");
  await inner("two[1]");
  value(await checkouts.commit(checkout, { message: "Two", author }));
  await git(join(checkout.path, "one"), "config", "--unset", "filter.evil.clean");
  await git(join(checkout.path, "one"), "config", "--unset", "core.fsmonitor");
  const moved = await commitHere(join(checkout.path, "one"), "Moved");
  const [, two = ""] = await listed();
  // As a submodule is in a new working tree.
  await rm(join(checkout.path, "two[1]"), { recursive: true });
  await mkdir(join(checkout.path, "two[1]"));
  expect(value(await checkouts.state(checkout)).changed).toEqual(["one"]);
  value(await checkouts.commit(checkout, { message: "Moved", author }));
  expect(await listed()).toEqual([`160000 commit ${moved}\tone`, two]);
  await rm(join(checkout.path, "one"), { recursive: true });
  value(await checkouts.commit(checkout, { message: "Gone", author }));
  expect(await listed()).toEqual([two]);
});
