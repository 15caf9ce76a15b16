/**
 * One connection to an agent's program over the SDK: our requests, each with a deadline, and what we answer to its own.
 * Unknown notifications are passed over; unknown requests are answered "method not found". The only file that makes one.
 */
import { client } from "@agentclientprotocol/sdk";
import type { ClientConnection } from "@agentclientprotocol/sdk";
import { sleep } from "../../lib/deadline.ts";
import { AgentFault, cut, faultOfError } from "./agent-fault.ts";
import type { AgentProcess } from "./agent-process.ts";
import { makeClientFiles } from "./client-files.ts";
import { Inbox } from "./inbox.ts";
import type { Permission, PermissionChoice } from "./inbox.ts";
import { listOf, objectOf, textOf } from "./json-read.ts";
import type { JsonObject } from "./json-read.ts";
import { openWire } from "./wire.ts";
import type { Wire } from "./wire.ts";

export class Connection {
  readonly inbox = new Inbox();
  readonly #process: AgentProcess;
  readonly #wire: Wire;
  readonly #connection: ClientConnection;
  readonly #asked = new Set<Permission>();

  constructor(process: AgentProcess, folder: string) {
    this.#process = process;
    const { inbox } = this;
    this.#wire = openWire({
      input: process.input,
      output: process.output,
      onUpdate: (update) => inbox.putUpdate(update),
    });
    const files = makeClientFiles({
      folder,
      onRefused: (operation, path, why) => inbox.put({ kind: "refused_file", operation, path, why }),
    });
    // Parsers of our own: what an agent gets slightly wrong is no reason not to hear it.
    this.#connection = client({ name: "serai" })
      .onRequest("session/request_permission", objectOf, ({ params }) => this.#ask(params))
      .onRequest("fs/read_text_file", objectOf, ({ params }) => files.read(params))
      .onRequest("fs/write_text_file", objectOf, ({ params }) => files.write(params))
      .onNotification("*", () => undefined)
      .connect(this.#wire.stream);
  }

  get isClosed(): boolean {
    return this.#connection.signal.aborted;
  }

  close(): void {
    this.withdraw();
    this.inbox.close();
    this.#connection.close();
  }

  /** Errors: `AgentFault`. A deadline of null: it ends with the answer or with the agent. */
  async request(method: string, params: unknown, deadlineMs: number | null): Promise<JsonObject> {
    const waiting = new AbortController();
    const ended = this.#process.exited.then(({ reason }) => {
      throw new AgentFault("agent_exited", reason);
    });
    const late =
      deadlineMs === null ? [] : [sleep(deadlineMs, waiting.signal).then(() => this.#late(method, deadlineMs))];
    const answered = this.#connection.agent.request<unknown>(method, params);
    // Whichever of them is too late is heard by nobody.
    for (const each of [answered, ended, ...late]) each.catch(() => undefined);
    try {
      return objectOf(await Promise.race([answered, ended, ...late]));
    } catch (cause) {
      // A connection that closes under a request mostly does so because the program ends, and that says more.
      if (this.isClosed && !(cause instanceof AgentFault)) await this.#endSoon();
      throw faultOfError(`"${method}"`, cause);
    } finally {
      waiting.abort();
    }
  }

  async notify(method: string, params: unknown): Promise<void> {
    if (this.isClosed) return;
    // It could not be told because it is gone, which is what it would have been told.
    await this.#connection.agent.notify(method, params).catch(() => undefined);
  }

  /** Every question that nobody has answered is withdrawn; an agent may wait for ever otherwise. */
  withdraw(): void {
    for (const permission of [...this.#asked]) permission.answer(null);
  }

  /** What to say of an agent that does not answer. */
  #late(method: string, deadlineMs: number): never {
    const { lines, first } = this.#wire.noise();
    if (lines > 0) {
      const said = `The agent does not speak the Agent Client Protocol: it wrote "${cut(first)}"`;
      throw new AgentFault("agent_protocol", `${said} and did not answer "${method}" within ${deadlineMs} ms`);
    }
    const complained = this.#process.complaints;
    const told = complained === "" ? "" : `; it wrote: ${complained}`;
    throw new AgentFault("agent_timeout", `The agent did not answer "${method}" within ${deadlineMs} ms${told}`);
  }

  async #endSoon(): Promise<void> {
    const exit = await Promise.race([this.#process.exited, sleep(500).then(() => null)]);
    if (exit !== null) throw new AgentFault("agent_exited", exit.reason);
    throw new AgentFault("agent_protocol", "The agent closed its output in the middle of a request");
  }

  #ask(params: JsonObject): Promise<{ outcome: { outcome: "cancelled" } | { outcome: "selected"; optionId: string } }> {
    return new Promise((resolve) => {
      const permission: Permission = {
        toolCall: objectOf(params["toolCall"]),
        options: listOf(params["options"]).map(choiceOf),
        answer: (optionId) => {
          this.#asked.delete(permission);
          resolve({ outcome: optionId === null ? { outcome: "cancelled" } : { outcome: "selected", optionId } });
        },
      };
      this.#asked.add(permission);
      this.inbox.put({ kind: "permission", permission });
      if (!this.inbox.isOpen) permission.answer(null);
    });
  }
}

function choiceOf(raw: unknown): PermissionChoice {
  const { optionId, kind, name } = objectOf(raw);
  return { optionId: textOf(optionId) ?? "", kind: textOf(kind) ?? "", name: textOf(name) ?? "" };
}
