/** Spawned agents in their sandbox, where there is one: they commit in their checkout and see nothing of the server's. */
import { afterEach, expect, it } from "vitest";
import { findSandbox } from "../../../src/lib/sandbox.ts";
import { git } from "../../../src/lib/git.ts";
import { take } from "../../checkouts/repository.ts";
import { openWorkWorld } from "./work-world.ts";
import type { WorkWorld } from "./work-world.ts";

let world: WorkWorld | undefined;
afterEach(() => world?.[Symbol.asyncDispose]());

const sandbox = await findSandbox();

it.runIf(sandbox.kind === "bubblewrap").each(["path", "url"])(
  "C6: an isolated agent commits in a checkout of a repository by %s, and cannot read the server's keys",
  async (kind) => {
    world = await openWorkWorld({}, { environment: { SERAI_ISOLATION: "on" } });
    const { owner, repository, whole } = world;
    if (kind === "url") {
      await owner.post("/projects", { name: "cloned", url: `file://${repository}`, default_harness: "codex" });
    }
    const { id } = await world.make({ project_id: kind === "url" ? "cloned" : "app" });
    const script = `git add -A && git -c user.name=a -c user.email=a@b commit -qm inside; cat ${whole.folder}/admin.key; git log --oneline -1`;
    await world.turn(id, [
      { write: { path: "in.txt", text: "in\n" } },
      { run: ["sh", "-c", `(${script}) > out.txt 2>&1`], wait: true },
    ]);
    const session = await world.read(id);
    const started = (await world.events(id)).find(({ type }) => type === "process.started");
    expect(started?.data).toMatchObject({ isolation: "bubblewrap" });
    const tree = session.checkout?.path ?? "";
    expect(await git(tree, "log", "-1", "--format=%s")).toBe("inside\n");
    expect(await git(tree, "show", "HEAD:in.txt")).toBe("in\n");
    expect(await take(tree, "out.txt")).toContain("admin.key: No such file");
    expect(session.delivery).toMatchObject({ ahead: 1 });
  },
);
