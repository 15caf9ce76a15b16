/** The places of a project's turns (W4, W16): who comes in, who waits in line, and where the place of one that waits goes. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TurnGate } from "../../../src/app/project-work/turn-gate.ts";
import type { SessionId } from "../../../src/core/ids.ts";

const session = (name: string) => name as SessionId;

interface Run {
  readonly name: string;
  readonly abort: AbortController;
  entering: Promise<void>;
  leave: (() => void) | null;
}

/** Sessions by short names, in one project. */
function open(limit: number) {
  const gate = new TurnGate();
  const runs = new Map<string, Run>();
  const waits = new Map<string, Disposable>();
  return {
    gate,
    /** Comes to the line; who is let in is known right after. */
    async come(name: string, more: { readonly above?: readonly string[]; readonly limit?: number } = {}) {
      const run: Run = { name, abort: new AbortController(), entering: Promise.resolve(), leave: null };
      runs.set(name, run);
      const above = (more.above ?? []).map(session);
      const of = { key: "p", limit: more.limit ?? limit, sessionId: session(name), above };
      run.entering = gate.enter(of, run.abort.signal).then((leave) => {
        run.leave = leave;
      });
      await settled();
    },
    async waits(name: string, awaited: string) {
      waits.set(name, gate.waits(session(name), session(awaited)));
      await settled();
    },
    async wakes(name: string) {
      waits.get(name)?.[Symbol.dispose]();
      waits.delete(name);
      await settled();
    },
    async ends(name: string) {
      const run = runs.get(name);
      runs.delete(name);
      run?.abort.abort();
      await run?.entering;
      run?.leave?.();
      await settled();
    },
    isIn: (name: string) => (runs.get(name)?.leave ?? null) !== null,
    inside: () => [...runs.values()].filter(({ leave }) => leave !== null).map(({ name }) => name),
    isWaiting: (name: string) => waits.has(name),
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("W4: a project's places", () => {
  it("are given in the order of coming, and a cancel takes a turn out of the line", async () => {
    const line = open(2);
    for (const name of ["a", "b", "c", "d", "e"]) await line.come(name);
    expect(line.inside()).toEqual(["a", "b"]);
    await line.ends("c");
    await line.ends("a");
    expect(line.inside()).toEqual(["b", "d"]);
    await line.ends("b");
    expect(line.inside()).toEqual(["d", "e"]);
  });

  it("are as many at once as the limit that was changed last, also for those in line", async () => {
    const line = open(1);
    for (const name of ["a", "b", "c", "d"]) await line.come(name);
    line.gate.limitIs("p", 3);
    await settled();
    expect(line.inside()).toEqual(["a", "b", "c"]);
    line.gate.limitIs("p", 1);
    await line.ends("a");
    await line.ends("b");
    expect(line.inside()).toEqual(["c"]);
    line.gate.limitIs("p", null);
    await settled();
    expect(line.inside()).toEqual(["c", "d"]);
  });
});

describe("W16: the place of one that waits", () => {
  it("goes to the session that it waits for, and comes back when that one ends", async () => {
    const line = open(1);
    for (const name of ["parent", "other", "child"]) await line.come(name);
    await line.waits("parent", "child");
    expect(line.inside()).toEqual(["parent", "child"]);
    await line.ends("child");
    expect(line.inside()).toEqual(["parent"]);
    await line.wakes("parent");
    await line.ends("parent");
    expect(line.inside()).toEqual(["other"]);
  });

  it("goes to a child that comes to the line after its parent began to wait for it", async () => {
    const line = open(1);
    await line.come("parent");
    await line.waits("parent", "child");
    await line.come("other");
    await line.come("child");
    expect(line.inside()).toEqual(["parent", "child"]);
  });

  it("is enough for as many parents as there are places, each with a child of its own", async () => {
    const line = open(3);
    const [parents, children] = [
      ["p1", "p2", "p3"],
      ["c1", "c2", "c3"],
    ];
    for (const name of [...parents, ...children]) await line.come(name);
    for (const [index, name] of parents.entries()) await line.waits(name, children[index] ?? "");
    expect(line.inside()).toEqual([...parents, ...children]);
  });

  it("goes down a chain of sessions that wait for one another, and comes back up", async () => {
    const line = open(1);
    for (const name of ["top", "middle", "bottom"]) await line.come(name);
    await line.waits("top", "middle");
    await line.waits("middle", "bottom");
    await line.come("other");
    expect(line.inside()).toEqual(["top", "middle", "bottom"]);
    for (const name of ["bottom", "middle"]) {
      await line.ends(name);
      expect(line.inside()).not.toContain("other");
    }
    await line.wakes("top");
    await line.ends("top");
    expect(line.inside()).toEqual(["other"]);
  });

  it("goes to what a session that has no place waits for: its own children, and those of a hosted one", async () => {
    const line = open(1);
    await line.come("parent");
    await line.waits("parent", "hosted");
    await line.come("grandchild", { above: ["hosted"] });
    expect(line.isIn("grandchild")).toBe(true);
    await line.waits("grandchild", "elsewhere");
    await line.waits("elsewhere", "last");
    await line.come("last");
    expect(line.isIn("last")).toBe(true);
  });

  it("goes to one child after the other where a parent waits for both at once", async () => {
    const line = open(1);
    await line.come("parent");
    await line.waits("parent", "one");
    const second = line.gate.waits(session("parent"), session("two"));
    await line.come("one");
    await line.come("two");
    expect(line.inside()).toEqual(["parent", "one"]);
    await line.ends("one");
    expect(line.inside()).toEqual(["parent", "two"]);
    second[Symbol.dispose]();
  });

  it("is not needed to go on when the wait is over before it is back; nobody else comes in for it", async () => {
    const line = open(1);
    for (const name of ["parent", "child", "other"]) await line.come(name);
    await line.waits("parent", "child");
    await line.wakes("parent");
    expect(line.inside()).toEqual(["parent", "child"]);
    await line.ends("child");
    expect(line.inside()).toEqual(["parent"]);
    await line.ends("parent");
    expect(line.inside()).toEqual(["other"]);
  });

  it("stays with the child of a parent that was stopped meanwhile, and is free when it ends", async () => {
    const line = open(1);
    for (const name of ["parent", "child", "other"]) await line.come(name);
    await line.waits("parent", "child");
    await line.ends("parent");
    expect(line.inside()).toEqual(["child"]);
    await line.ends("child");
    expect(line.inside()).toEqual(["other"]);
  });

  it("is lent by nobody whose turn is over, though a call of its agent hangs on", async () => {
    const line = open(1);
    await line.come("parent");
    await line.waits("parent", "child");
    await line.ends("parent");
    await line.come("parent");
    await line.come("child");
    expect(line.inside()).toEqual(["parent"]);
  });

  it("T21: is none of the turns of the server, nor is one in line", async () => {
    const line = open(1);
    for (const name of ["parent", "other", "child"]) await line.come(name);
    expect([...line.gate.idle()]).toEqual(["other", "child"]);
    await line.waits("parent", "child");
    expect(new Set(line.gate.idle())).toEqual(new Set(["other", "parent"]));
    await line.wakes("parent");
    expect([...line.gate.idle()]).toEqual(["other"]);
  });
});

/** A family tree by number: each session's starter is one before it, or nobody. */
const families = fc.array(fc.nat({ max: 3 }), { minLength: 2, maxLength: 9 });

describe("W16: whoever waits for whom", () => {
  it("everybody gets to run and end, and no more work at once than there are places", async () => {
    await fc.assert(
      fc.asyncProperty(families, fc.integer({ min: 1, max: 3 }), fc.infiniteStream(fc.nat({ max: 99 })), runFamily),
      { numRuns: 150 },
    );
  }, 60_000);
});

/** Each session starts its children, waits for one after the other, and ends; of those that can move, one that is drawn moves next. */
async function runFamily(back: readonly number[], limit: number, chances: fc.Stream<number>): Promise<void> {
  const line = open(limit);
  const parentOf = back.map((steps, index) => (steps === 0 || steps > index ? null : index - steps));
  const left = new Map(
    back.map((_, index) => [index, back.flatMap((_one, each) => (parentOf[each] === index ? [each] : []))]),
  );
  const begun = new Set<number>();
  const ended = new Set<number>();
  const begin = async (index: number) => {
    begun.add(index);
    await line.come(`${index}`);
  };
  for (const [index, parent] of parentOf.entries()) if (parent === null) await begin(index);
  const step = async (index: number) => {
    const children = left.get(index) ?? [];
    const next = children.find((child) => !begun.has(child));
    if (next !== undefined) return begin(next);
    const [awaited] = children;
    if (awaited === undefined) {
      ended.add(index);
      return line.ends(`${index}`);
    }
    if (!line.isWaiting(`${index}`)) return line.waits(`${index}`, `${awaited}`);
    children.shift();
    return line.wakes(`${index}`);
  };
  const canMove = (index: number) => {
    if (ended.has(index) || !line.isIn(`${index}`)) return false;
    return !line.isWaiting(`${index}`) || ended.has(left.get(index)?.[0] ?? -1);
  };
  while (ended.size < back.length) {
    const able = back.flatMap((_, index) => (canMove(index) ? [index] : []));
    expect(able, `nobody can go on; inside: ${line.inside().join(" ")}`).not.toEqual([]);
    const working = line.inside().filter((name) => !line.isWaiting(name));
    expect(working.length).toBeLessThanOrEqual(limit);
    const [chance = 0] = chances.take(1);
    await step(able[chance % able.length] ?? 0);
  }
}
