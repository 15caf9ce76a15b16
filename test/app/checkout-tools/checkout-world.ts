/**
 * Hosted sessions with real worktrees of one repository, the real capability over them and real reservations: a tool is
 * called as a turn would call it, and others take what they like.
 */
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { makeCheckoutOf } from "../../../src/app/checkout-tools/checkout-tools.ts";
import { makeCommit } from "../../../src/app/commit.ts";
import { makeReserve } from "../../../src/app/team/reserve-for-tools.ts";
import { makeToolSet } from "../../../src/app/tool-set.ts";
import { makeCheckoutCapability } from "../../../src/capabilities/checkout/capability.ts";
import type { SessionId } from "../../../src/core/ids.ts";
import type { CheckoutTools } from "../../../src/core/ports/checkout-tools.ts";
import type { Checkout } from "../../../src/core/ports/checkouts.ts";
import type { NetworkAccess, Reserve, ToolResult } from "../../../src/core/ports/tools.ts";
import type { BranchPolicy } from "../../../src/core/team/reservation.ts";
import { openGrep } from "../../../src/lib/grep/grep.ts";
import { HeldNames } from "../../../src/lib/held-names.ts";
import { makeKeyedQueue } from "../../../src/lib/keyed-queue.ts";
import { makeRepositoryReader } from "../../../src/lib/repository/repository-facts.ts";
import { findSandbox } from "../../../src/lib/sandbox.ts";
import type { SandboxState } from "../../../src/lib/sandbox.ts";
import { readShellWrites } from "../../../src/lib/shell-writes/shell-writes.ts";
import { noStorage } from "../../capabilities/no-storage.ts";
import { openGround } from "../../checkouts/repository.ts";
import type { Ground } from "../../checkouts/repository.ts";
import { openMemoryStore } from "../../store/memory-store.ts";
import { openSetting } from "../../store/suite/setting.ts";
import type { Setting } from "../../store/suite/setting.ts";

export interface Agent {
  readonly id: SessionId;
  readonly checkout: Checkout;
  readonly tools: CheckoutTools;
  /** Of every session, by their order of calls; `callId` repeats one. */
  call(name: string, input: unknown, more?: CallOptions): Promise<ToolResult>;
  /** The text of a call that succeeds; any other outcome fails the test. */
  say(name: string, input: unknown): Promise<string>;
  /** The sentence of a call that does not. */
  fail(name: string, input: unknown): Promise<string>;
}

export interface CallOptions {
  readonly callId?: string;
  readonly signal?: AbortSignal;
  readonly network?: NetworkAccess;
  readonly onOutput?: (stream: "stdout" | "stderr", delta: string) => void;
}

export interface CheckoutWorld extends AsyncDisposable {
  readonly ground: Ground;
  readonly setting: Setting;
  readonly faults: Error[];
  agent(config?: Readonly<Record<string, unknown>>): Promise<Agent>;
  /** Somebody else who works in the checkout's own folder, in an IDE. */
  beside(checkout: Checkout): Promise<{ readonly id: SessionId; readonly reserve: Reserve }>;
}

export interface WorldOptions {
  readonly sandbox?: SandboxState;
  readonly policy?: BranchPolicy;
  readonly hidden?: readonly string[];
}

/** Tried once for all: a skipped test says why. */
export const sandboxHere = await findSandbox();

export async function openCheckoutWorld(options: WorldOptions = {}): Promise<CheckoutWorld> {
  const ground = await openGround();
  const setting = await openSetting({ open: openMemoryStore, notSupported: {} });
  const { store, mint, clock } = setting;
  const grep = openGrep();
  const commit = makeCommit({ store, onCommitted: () => undefined });
  const repositories = makeRepositoryReader({ now: () => performance.now(), keepMs: 0 });
  const reserving = {
    ...{ store, commit, mint, clock },
    branchPolicy: () => Promise.resolve(options.policy ?? null),
    userNames: () => Promise.resolve(new Map<string, string>()),
  };
  const checkoutOf = makeCheckoutOf({
    ...reserving,
    checkouts: ground.checkouts,
    async readTree(path) {
      const facts = await repositories.find(path);
      if (facts === null) return null;
      const { root, commonDir, branch } = facts;
      return { root, commonDir, host: "here", ...(branch === null ? {} : { branch }) };
    },
    locks: makeKeyedQueue(),
    findSandbox: () => Promise.resolve(options.sandbox ?? sandboxHere),
    readShell: readShellWrites,
    places: { path: process.env["PATH"] ?? "", home: process.env["HOME"] ?? "/" },
    hidden: options.hidden ?? [],
    names: new HeldNames(join(ground.folder, "held-names")),
  });
  const faults: Error[] = [];
  const parts: AgentParts = { setting, faults, checkoutOf, capability: makeCheckoutCapability(grep) };
  return {
    ground,
    setting,
    faults,
    async agent(config = {}) {
      const id = await setting.make();
      const checkout = await ground.make({ sessionId: id });
      await setting.commit({ ...setting.fact(id), work: { checkout } });
      return openAgent(parts, { id, checkout, config });
    },
    async beside({ path, branch }) {
      const id = await setting.make();
      const root = await realpath(path);
      const commonDir = join(await realpath(ground.repository), ".git");
      const report = { root, commonDir, branch, host: "here" };
      return { id, reserve: makeReserve(reserving)({ workspaceId: setting.workspaceId, sessionId: id, report }) };
    },
    async [Symbol.asyncDispose]() {
      await grep[Symbol.asyncDispose]();
      await setting[Symbol.asyncDispose]();
      await ground[Symbol.asyncDispose]();
    },
  };
}

interface AgentParts {
  readonly setting: Setting;
  readonly faults: Error[];
  readonly checkoutOf: ReturnType<typeof makeCheckoutOf>;
  readonly capability: ReturnType<typeof makeCheckoutCapability>;
}

async function openAgent(
  { setting, faults, checkoutOf, capability }: AgentParts,
  { id, checkout, config }: Pick<Agent, "id" | "checkout"> & { readonly config: Readonly<Record<string, unknown>> },
): Promise<Agent> {
  const tools = await checkoutOf(id);
  if (tools === undefined) throw new Error("The session has no checkout");
  let calls = 0;
  const call: Agent["call"] = async (name, input, more = {}) => {
    const { callId = `call_${++calls}`, signal = new AbortController().signal, network, onOutput } = more;
    const { toolSet } = makeToolSet({
      capabilities: [capability],
      refs: [{ ref: "checkout", config }],
      ports: {
        openFiles: () => ({ changes: () => [] }) as never,
        session: { describe: () => Promise.resolve({}), setTitle: () => Promise.resolve({ ok: true }) },
        ...noStorage,
        checkout: tools,
        ...(network === undefined ? {} : { network }),
        now: () => setting.clock.now(),
      },
      limits: { toolResultBytes: 64 * 1024 },
      onFault: (fault) => faults.push(fault),
    });
    return toolSet.call({ id: callId, name, arguments: input }, signal, onOutput);
  };
  return {
    ...{ id, checkout, tools, call },
    async say(name, input) {
      const result = await call(name, input);
      if (result.status !== "success") throw new Error(`${name} failed: ${result.error}`);
      return textOf(result);
    },
    async fail(name, input) {
      const result = await call(name, input);
      if (result.status === "success") throw new Error(`${name} succeeded: ${textOf(result)}`);
      return result.error ?? "";
    },
  };
}

export function textOf({ content }: ToolResult): string {
  return content.map((part) => (part.type === "text" ? part.text : "")).join("\n");
}
