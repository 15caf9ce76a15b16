/** A harness of spawned agents with the agent of `test/acp-agent`, and sessions in folders of their own. */
import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SpawnedInput } from "../../../src/core/ports/harness.ts";
import { pendingApprovals } from "../../../src/core/state.ts";
import { openAcpHarness } from "../../../src/harnesses/acp/harness.ts";
import type { AcpHarness, AcpOptions, AcpTimes } from "../../../src/harnesses/acp/harness.ts";
import { HeldNames } from "../../../src/lib/held-names.ts";
import { ProcessTree } from "../../../src/lib/process-tree.ts";
import type { Step } from "../../acp-agent/script.ts";
import { drive, Log } from "../hosted/drive.ts";
import type { Driven, DriveOptions } from "../hosted/drive.ts";

const AGENT = fileURLToPath(new URL("../../acp-agent/agent.ts", import.meta.url));

export const quick: Partial<AcpTimes> = {
  startMs: 15_000,
  requestMs: 15_000,
  silenceMs: 15_000,
  cancelMs: 1_500,
  graceMs: 200,
  settleMs: 200,
};

export interface World extends AsyncDisposable {
  readonly harness: AcpHarness;
  readonly folder: string;
  readonly logged: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[];
  session(flags?: readonly string[], changed?: Partial<SpawnedInput>): Promise<TestSession>;
}

export type WorldOptions = Partial<AcpOptions>;

export async function openWorld({ times, ...options }: WorldOptions = {}): Promise<World> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "serai-acp-")));
  const logged: World["logged"][number][] = [];
  const harness = openAcpHarness({
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    random: Math.random,
    environment: process.env,
    names: new HeldNames(join(folder, "held-names")),
    hasSandbox: false,
    log: (message, fields) => logged.push({ message, fields }),
    ...options,
    times: { ...quick, ...times },
  });
  let count = 0;
  return {
    harness,
    folder,
    logged,
    async session(flags = [], changed = {}) {
      const own = join(folder, `session-${++count}`);
      await Promise.all(["tree", "state"].map((name) => mkdir(join(own, name), { recursive: true })));
      const spawned: SpawnedInput = {
        harness: "claude-code",
        folder: join(own, "tree"),
        stateFolder: join(own, "state"),
        program: { command: process.execPath, args: [AGENT, ...flags], env: {} },
        resume: null,
        model: null,
        mcpServers: [],
        isIsolated: false,
        ...changed,
      };
      return new TestSession(harness, spawned);
    },
    async [Symbol.asyncDispose]() {
      await harness[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export class TestSession {
  readonly log = new Log();
  spawned: SpawnedInput;
  readonly #harness: AcpHarness;

  constructor(harness: AcpHarness, spawned: SpawnedInput) {
    this.#harness = harness;
    this.spawned = spawned;
  }

  /** One turn, from the message to its end or the abort. */
  async turn(
    prompt: string | readonly Step[],
    options: Omit<DriveOptions, "harness" | "spawned"> = {},
  ): Promise<Driven> {
    this.say(prompt);
    return await this.goOn(options);
  }

  say(prompt: string | readonly Step[]): void {
    this.log.say(typeof prompt === "string" ? prompt : JSON.stringify(prompt));
  }

  goOn(options: Omit<DriveOptions, "harness" | "spawned"> = {}): Promise<Driven> {
    const resume = this.log.all("process.started").at(-1)?.data.agent_session_id ?? this.spawned.resume;
    return drive(this.log, { ...options, harness: this.#harness, spawned: { ...this.spawned, resume } });
  }

  /** As the use case of an answer does: the answer, and with a denial the end of its call. */
  answer(answer: "allow" | "deny", scope = "once"): void {
    const [asked] = pendingApprovals(this.log.turn);
    if (asked === undefined) throw new Error("Nobody is asked");
    const call = this.log.turn.openCalls.find(({ id }) => id === asked.callId);
    this.log.commit([
      { type: "approval.answered", data: { approval_id: asked.id, answer, scope } },
      ...(answer === "allow" || call === undefined
        ? []
        : [
            {
              type: "tool.completed" as const,
              data: {
                tool_call_id: call.id,
                tool_name: call.name,
                success: false,
                status: "error" as const,
                error: "The user did not allow this",
              },
            },
          ]),
    ]);
  }

  /** Resolves when the log has an event of the type, so many times. */
  async until(type: Parameters<Log["all"]>[0], count = 1): Promise<void> {
    const giveUp = AbortSignal.timeout(15_000);
    while (this.log.all(type).length < count) {
      if (giveUp.aborted) throw new Error(`No ${type} in ${this.log.types.join(" ")}`);
      await this.log.changes.rung(giveUp);
    }
  }

  /** Text of the last message. */
  get lastText(): string {
    const { content } = this.log.last("output.message.completed").message;
    return content.map((part) => (part.type === "text" ? part.text : "")).join("");
  }

  /** Processes of the session that live. */
  async processes(): Promise<readonly number[]> {
    const tree = new ProcessTree({ pid: null, mark: `SERAI_SESSION=${this.log.sessionId}` });
    return (await tree.members()).map(({ pid }) => pid);
  }
}
