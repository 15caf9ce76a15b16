/**
 * `npm run demo`: an agent reads a CSV of more than 10,000 lines with its tools and writes a report, all of it streamed.
 *
 * Uses the server that is running here, or starts one with data of its own that are gone afterwards. The model is the
 * first of the environment (ANTHROPIC_API_KEY, OPENAI_API_KEY, GEMINI_API_KEY), else the scripted one that Serai has
 * built in. Everything below `main` needs nothing but `serai/client`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { Serai } from "../src/client/index.ts";
import type { Model, StreamItem } from "../src/client/index.ts";
import { findDataFolder, readAdminKey, readLocalServer } from "../src/main/config.ts";

const root = join(import.meta.dirname, "..");
const csvFile = join(root, "examples", "sales.csv");
const reportFile = join(root, ".serai", "demo", "report.md");

const TASK = `Analyse /sales.csv: what is in it, which regions and products bring the most revenue, and what is wrong with the data.
Write a report to /report.md.`;

async function main(): Promise<void> {
  await using server = (await findServer()) ?? (await startServer());
  const { serai } = server;
  say(`Server   ${server.words}`);
  const model = await chooseModel(serai);
  say(`Model    ${model.words}`);

  const [agent] = (await serai.agents.list({ search: "assistant", limit: 1 })).data;
  if (agent === undefined) throw new Error("Cannot find the agent that a workspace begins with");
  const session = await serai.sessions.create({ agentId: agent.id, modelId: model.id, title: "Demo: sales analysis" });
  say(`Session  ${session.id}`);

  const csv = readFileSync(csvFile, "utf8");
  await serai.sessionFs.upload(session.id, "/sales.csv", csv);
  say(`Upload   /sales.csv, ${(csv.split("\n").length - 1).toLocaleString("en-US")} lines\n`);

  await serai.messages.create(session.id, TASK);
  say(TASK.replaceAll(/^/gm, "> ") + "\n");
  await showTurn(serai, session.id);

  const report = await serai.sessionFs.read(session.id, "/report.md");
  mkdirSync(join(reportFile, ".."), { recursive: true });
  writeFileSync(reportFile, report);
  say(`\n────── ${relative(process.cwd(), reportFile)} ──────\n\n${report}`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Resolves when the turn has completed; throws when it has not. */
async function showTurn(serai: Serai, sessionId: string): Promise<void> {
  const words = makeWords();
  for await (const item of serai.events.stream(sessionId)) {
    words.show(item);
    if (item.type === "tool.completed") {
      const mark = item.data.success ? "●" : "✗";
      say(`  ${mark} ${item.data.toolName}  ${Math.round(item.data.durationMs ?? 0)} ms`);
    }
    if (item.type === "turn.failed") throw new Error(`The turn failed: ${item.data.error}`);
    if (item.type === "turn.cancelled") throw new Error("The turn was cancelled");
    if (item.type !== "turn.completed") continue;
    const { usage, durationMs = 0, toolCallCount = 0, iterations } = item.data;
    const cost = usage?.costUsd === undefined ? "" : `, $${usage.costUsd.toFixed(4)}`;
    const tokens = usage === undefined ? "" : `, ${usage.inputTokens} in + ${usage.outputTokens} out tokens${cost}`;
    return say(
      `\nDone in ${(durationMs / 1000).toFixed(1)} s: ${iterations} steps, ${toolCallCount} tool calls${tokens}`,
    );
  }
}

/** Text comes as hints while it grows and whole when it is done: each letter is written once. */
function makeWords() {
  let messageId = "";
  let written = 0;
  const write = (id: string, text: string, offset: number) => {
    if (id !== messageId) written = 0;
    messageId = id;
    // Behind what is written: some hints were lost, and the whole will bring them.
    if (offset > written) return;
    process.stdout.write(text.slice(written - offset));
    written = Math.max(written, offset + text.length);
  };
  return {
    show(item: StreamItem): void {
      if (item.type === "output.message.delta") write(item.data.messageId ?? "", item.data.delta, item.data.offset);
      if (item.type !== "output.message.completed") return;
      const { id, content } = item.data.message;
      write(id, content.map((part) => (part.type === "text" ? part.text : "")).join(""), 0);
      process.stdout.write("\n");
    },
  };
}

async function chooseModel(serai: Serai): Promise<{ readonly id: string; readonly words: string }> {
  const providers = (await serai.providers.list({ limit: 100 })).data;
  const provider = providers.find(({ keySource }) => keySource === "environment");
  if (provider !== undefined) {
    const model = await firstModel(serai, provider.id);
    return { id: model.id, words: `${model.displayName}, of the provider "${provider.name}"` };
  }
  const scripted = providers.find(({ providerType }) => providerType === "scripted");
  if (scripted === undefined) throw new Error("Cannot find the scripted provider");
  const { id } = await firstModel(serai, scripted.id);
  const way = "set ANTHROPIC_API_KEY, OPENAI_API_KEY or GEMINI_API_KEY for a real one";
  return { id, words: `the scripted model: nobody thinks, but all else is real (${way})` };
}

async function firstModel(serai: Serai, providerId: string): Promise<Model> {
  const [model] = (await serai.models.list({ providerId, limit: 1 })).data;
  if (model === undefined) throw new Error(`The provider ${providerId} has no model`);
  return model;
}

interface DemoServer extends AsyncDisposable {
  readonly serai: Serai;
  readonly words: string;
}

/** The one that is running on the data folder of this place. */
async function findServer(): Promise<DemoServer | null> {
  const folder = findDataFolder(process.env, root);
  const local = readLocalServer(folder);
  const apiKey = readAdminKey(folder);
  if (local === undefined || apiKey === undefined) return null;
  const serai = new Serai({ baseUrl: local.url, apiKey });
  try {
    await serai.me();
  } catch (error) {
    say(`(There was a server at ${local.url}: ${error instanceof Error ? error.message : String(error)})`);
    return null;
  }
  return { serai, words: `${local.url}, which is running here`, async [Symbol.asyncDispose]() {} };
}

async function startServer(): Promise<DemoServer> {
  const folder = mkdtempSync(join(tmpdir(), "serai-demo-"));
  const args = [join(root, "bin", "serai.js"), "serve", "--host", "127.0.0.1", "--port", "0", "--data", folder];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const ready = Promise.race([once(lines, "line").then(([line]) => String(line)), exited.then(() => "")]);
  const url = /https?:\/\/\S+/.exec(await ready)?.[0];
  const close = async () => {
    child.kill("SIGTERM");
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  // Ctrl-C has reached the server too; what is left is to wait for it and to clean up.
  process.once("SIGINT", () => {
    close().then(
      () => process.exit(130),
      () => process.exit(1),
    );
  });
  const apiKey = readAdminKey(folder);
  if (url !== undefined && apiKey !== undefined) {
    const words = `${url}, started for this demo`;
    return { serai: new Serai({ baseUrl: url, apiKey }), words, [Symbol.asyncDispose]: close };
  }
  await close();
  throw new Error("The server did not start");
}

await main().catch((error: unknown) => {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
