/** A whole server with a project: a real repository, and a test agent in the place of Codex. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Project } from "../../../src/doors/native/schema/project.ts";
import type { Session } from "../../../src/doors/native/schema/session.ts";
import type { Step } from "../../acp-agent/script.ts";
import { makeRepository } from "../../checkouts/repository.ts";
import type { NativeClient } from "../../doors/native/native-client.ts";
import { text } from "../../doors/native/native-client.ts";
import { openWholeServer } from "../whole-server.ts";
import type { WholeOptions, WholeServer } from "../whole-server.ts";

const AGENT = resolve(import.meta.dirname, "../../acp-agent/agent.ts");

export interface WorkWorld extends AsyncDisposable {
  readonly whole: WholeServer;
  readonly owner: NativeClient;
  readonly repository: string;
  readonly project: Project;
  make(body?: Record<string, unknown>): Promise<Session>;
  read(id: string): Promise<Session>;
  /** Sends a script, or words, and waits for the end of its turn. */
  turn(id: string, said: readonly Step[] | string): Promise<void>;
  events(id: string): Promise<readonly { type: string; data: Record<string, unknown> }[]>;
  /** What follows from commits is done. */
  settled(): Promise<void>;
}

export async function openWorkWorld(
  project: Record<string, unknown> = {},
  options: WholeOptions = {},
): Promise<WorkWorld> {
  const ground = await mkdtemp(join(tmpdir(), "serai-work-"));
  const repository = join(ground, "app");
  await makeRepository(repository, { "a.txt": "a\n", "b.txt": "b\n" });
  const environment = {
    PATH: process.env["PATH"] ?? "",
    SERAI_AGENT_CODEX: JSON.stringify([process.execPath, AGENT]),
    SERAI_ISOLATION: "off",
    ...options.environment,
  };
  const whole = await openWholeServer({ ...options, environment });
  const { owner } = whole.as;
  const body = { name: "app", path: repository, default_harness: "codex", ...project };
  const made = await owner.post<Project>("/projects", body);
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  const read = async (id: string) => (await owner.get<Session>(`/sessions/${id}`)).body;
  return {
    whole,
    owner,
    repository,
    project: made.body,
    read,
    async make(more = {}) {
      const session = await owner.post<Session>("/sessions", { project_id: "app", ...more });
      if (session.status !== 201) throw new Error(JSON.stringify(session.body));
      return session.body;
    },
    async turn(id, said) {
      const words = typeof said === "string" ? said : JSON.stringify(said);
      const sent = await owner.post(`/sessions/${id}/messages?wait=true`, text(words));
      if (sent.status >= 300) throw new Error(JSON.stringify(sent.body));
    },
    async events(id) {
      const page = await owner.get<{ data: { type: string; data: Record<string, unknown> }[] }>(
        `/sessions/${id}/events?limit=1000`,
      );
      return page.body.data;
    },
    settled: () => whole.server.engine.work.aftermath.idle(),
    async [Symbol.asyncDispose]() {
      await whole[Symbol.asyncDispose]();
      await rm(ground, { recursive: true, force: true });
    },
  };
}
