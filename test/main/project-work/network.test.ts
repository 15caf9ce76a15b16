/** Spawned agents keep to the network rules of their session, or are not started (C6). */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it, onTestFinished } from "vitest";
import { findSandbox } from "../../../src/lib/sandbox.ts";
import { take } from "../../checkouts/repository.ts";
import { openWorkWorld } from "./work-world.ts";
import type { WorkWorld } from "./work-world.ts";

let world: WorkWorld | undefined;
afterEach(() => world?.[Symbol.asyncDispose]());

const sandbox = await findSandbox();

async function openHost(): Promise<string> {
  const server = createServer((_, response) => response.end("reached"));
  await new Promise<void>((done) => server.listen(0, "127.0.0.2", done));
  onTestFinished(() => void server.close());
  return `http://127.0.0.2:${(server.address() as AddressInfo).port}/`;
}

it.runIf(sandbox.kind === "bubblewrap")(
  "C6: an isolated agent reaches the hosts that its session allows and Serai's own tools, and nothing else",
  async () => {
    world = await openWorkWorld({}, { environment: { SERAI_ISOLATION: "on" } });
    const host = await openHost();
    const { id } = await world.make({ network_access: { allowed: ["127.0.0.2"], blocked: [] } });
    const own = world.whole.server.url;
    const script = [
      `curl -sS ${host} > reached.txt 2>&1`,
      `curl -sS -o /dev/null -w '%{http_code}' ${own}/health > own.txt 2>&1`,
      "curl -sS http://evil.example/ > evil.txt 2>&1",
      `curl -sS -m 2 --noproxy '*' ${host} > around.txt 2>&1`,
    ].join("; ");
    await world.turn(id, [{ run: ["sh", "-c", script], wait: true }]);
    const tree = (await world.read(id)).checkout?.path ?? "";
    expect(await take(tree, "reached.txt")).toBe("reached");
    expect(await take(tree, "own.txt")).toBe("200");
    expect(await take(tree, "evil.txt")).toContain("do not let it reach evil.example");
    expect(await take(tree, "around.txt")).toMatch(/Failed to connect|Couldn't connect|Connection refused/);
    // Other rules, another program.
    await world.owner.call("PATCH", `/sessions/${id}`, { network_access: { allowed: [], blocked: ["*"] } });
    await world.turn(id, [{ run: ["sh", "-c", `curl -sS ${host} > reached.txt 2>&1`], wait: true }]);
    expect(await take(tree, "reached.txt")).toContain("do not let it reach 127.0.0.2");
    await world.owner.call("PATCH", `/sessions/${id}`, { network_access: null });
    await world.turn(id, [{ run: ["sh", "-c", `curl -sS ${host} > reached.txt 2>&1`], wait: true }]);
    expect(await take(tree, "reached.txt")).toBe("reached");
  },
);

it.runIf(sandbox.kind === "bubblewrap")(
  "X18: an isolated agent that may reach every host but one reaches no private address that its rules do not name, nor Serai that way",
  async () => {
    world = await openWorkWorld({}, { environment: { SERAI_ISOLATION: "on" } });
    const host = await openHost();
    const rules = { allowed: ["*", "10.0.0.0/8"], blocked: ["evil.example"] };
    const { id, network_access: kept } = await world.make({ network_access: rules });
    expect(kept).toEqual(rules);
    const own = world.whole.server.url;
    const script = [
      `curl -sS ${host} > private.txt 2>&1`,
      `curl -sS --noproxy '' ${own}/health > around.txt 2>&1`,
      `curl -sS -o /dev/null -w '%{http_code}' ${own}/health > own.txt 2>&1`,
    ].join("; ");
    await world.turn(id, [{ run: ["sh", "-c", script], wait: true }]);
    const tree = (await world.read(id)).checkout?.path ?? "";
    expect(await take(tree, "private.txt")).toMatch(
      /not let it reach 127\.0\.0\.2: it leads to 127\.0\.0\.2, which is/,
    );
    expect(await take(tree, "around.txt")).toMatch(/not let it reach 127\.0\.0\.1: it leads to 127\.0\.0\.1, which is/);
    expect(await take(tree, "own.txt")).toBe("200");
    const named = { allowed: ["*", "127.0.0.0/8"], blocked: ["evil.example"] };
    await world.owner.call("PATCH", `/sessions/${id}`, { network_access: named });
    await world.turn(id, [{ run: ["sh", "-c", script], wait: true }]);
    expect(await take(tree, "private.txt")).toBe("reached");
  },
);

it.runIf(sandbox.kind === "bubblewrap")(
  "C6: a project may take the network away from all who work in it, whatever their sessions allow",
  async () => {
    const off = { network_access: { allowed: [], blocked: ["*"] } };
    world = await openWorkWorld(off, { environment: { SERAI_ISOLATION: "on" } });
    expect(world.project).toMatchObject(off);
    const host = await openHost();
    const { id } = await world.make({ network_access: { allowed: ["*"], blocked: [] } });
    const script = `curl -sS ${host} > off.txt 2>&1; curl -sS -o /dev/null -w '%{http_code}' ${world.whole.server.url}/health > own.txt`;
    await world.turn(id, [{ run: ["sh", "-c", script], wait: true }]);
    const tree = (await world.read(id)).checkout?.path ?? "";
    expect(await take(tree, "off.txt")).toContain("do not let it reach 127.0.0.2");
    expect(await take(tree, "own.txt")).toBe("200");
    const changed = await world.owner.call("PATCH", `/projects/${world.project.id}`, { network_access: null });
    expect(changed.body).toMatchObject({ network_access: null });
    await world.turn(id, [{ run: ["sh", "-c", `curl -sS ${host} > off.txt 2>&1`], wait: true }]);
    expect(await take(tree, "off.txt")).toBe("reached");
  },
);

it("C6: an agent that nothing could hold to its network rules is not started, and the turn says what to do", async () => {
  world = await openWorkWorld({}, { environment: { SERAI_ISOLATION: "off" } });
  const { id } = await world.make({ network_access: { allowed: [], blocked: ["evil.example"] } });
  await world.turn(id, "hello");
  const failed = (await world.events(id)).find(({ type }) => type === "turn.failed");
  expect(failed?.data).toMatchObject({
    error_code: "agent_not_started",
    error: expect.stringMatching(/network rules.*Take the rules away, or let agents be isolated/),
  });
});
