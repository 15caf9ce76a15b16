/** What a page bundles that uses a part of the client: the modules that the part loads, and no others. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { edgesOf } from "../walls/edges.ts";

const source = join(import.meta.dirname, "..", "..", "src", "client");
const texts = readdirSync(source).map((name) => [`client/${name}`, readFileSync(join(source, name), "utf8")] as const);
const edges = (await edgesOf(new Map(texts))).filter(({ isTypeOnly }) => !isTypeOnly);

/** Everything that is loaded at run time with these. */
function loadedWith(...names: readonly string[]): ReadonlySet<string> {
  const loaded = new Set(names.map((name) => `client/${name}`));
  for (const from of loaded) for (const edge of edges) if (edge.from === from) loaded.add(edge.to);
  return loaded;
}

describe("the parts of the client", () => {
  it("load what they use: sessions alone bring neither images nor streams nor approvals", () => {
    expect([...loadedWith("sessions.ts", "transport.ts")].toSorted()).toEqual([
      "client/errors.ts",
      "client/sessions.ts",
      "client/transport.ts",
      "client/wire-case.ts",
    ]);
  });

  it("are all in the whole client", () => {
    const apart = ["client/index.ts", "client/shapes.ts", "client/team-shapes.ts"];
    const whole = loadedWith("serai.ts");
    expect(texts.map(([name]) => name).filter((name) => !whole.has(name) && !apart.includes(name))).toEqual([]);
  });

  it("need no package and nothing of Node", () => {
    expect(edges.filter(({ kind }) => kind !== "file")).toEqual([]);
    expect(edges.filter(({ to }) => !to.startsWith("client/"))).toEqual([]);
  });

  it("do nothing when they are loaded, so that a bundler may leave them out", () => {
    // A statement at the top that is a call, an assignment or a `new` would be work.
    const work = texts.flatMap(([name, text]) =>
      text
        .split("\n")
        .flatMap((line) => (/^(?:[\w.]+\(|[\w.]+ = |new |await |for |if )/.test(line) ? [`${name}: ${line}`] : [])),
    );
    expect(work).toEqual([]);
  });
});
