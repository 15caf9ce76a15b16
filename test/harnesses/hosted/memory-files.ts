/** The session's files in memory, and the real file tools over them: what the CSV demo is held against. */
import type { FileContent, SessionFiles, ToolFile, ToolSet } from "../../../src/core/ports/tools.ts";
import { capabilityCatalogue } from "../../../src/capabilities/catalogue.ts";
import type { Grep } from "../../../src/lib/grep/grep.ts";
import { idleDeps } from "../../capabilities/idle-deps.ts";
import { noStorage } from "../../capabilities/no-storage.ts";

export type Files = Map<string, Uint8Array>;

function fileOf(path: string, bytes: Uint8Array): ToolFile {
  return { path, isDirectory: false, isReadonly: false, sizeBytes: bytes.length, updatedAt: new Date().toISOString() };
}

const root: ToolFile = { path: "/", isDirectory: true, isReadonly: false, sizeBytes: 0, updatedAt: "" };

async function collect(content: FileContent): Promise<Uint8Array> {
  if (content instanceof Uint8Array) return content;
  if ("hash" in content) throw new Error("Nothing is held here");
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function sessionFiles(files: Files): SessionFiles {
  return {
    stat: (path) => {
      const bytes = files.get(path);
      if (path === "/") return Promise.resolve(root);
      return Promise.resolve(bytes === undefined ? undefined : fileOf(path, bytes));
    },
    list: () => Promise.resolve([...files].map(([path, bytes]) => fileOf(path, bytes))),
    async *read(path, range) {
      const bytes = files.get(path);
      if (bytes === undefined) throw new Error(`No ${path}`);
      yield bytes.subarray(range?.start ?? 0, range?.end ?? bytes.length);
    },
    write: async (path, content) => {
      const bytes = await collect(content);
      files.set(path, bytes);
      return { ok: true, file: fileOf(path, bytes) };
    },
    hold: () => Promise.resolve(undefined),
    makeDirectory: (path) => Promise.resolve({ ok: true, file: { ...root, path } }),
    remove: (path) => Promise.resolve(files.delete(path) ? { ok: true, file: root } : { ok: false, reason: "absent" }),
  };
}

export function fileTools(files: Files, grep: Grep): ToolSet {
  const [capability] = capabilityCatalogue({ ...idleDeps, grep });
  const tools = capability?.tools({}) ?? [];
  const session = { describe: () => Promise.resolve({}), setTitle: () => Promise.resolve({ ok: true as const }) };
  const ports = { files: sessionFiles(files), session, ...noStorage, now: Date.now };
  return {
    definitions: tools.map(({ definition }) => definition),
    call: async ({ name, arguments: input }, signal) => {
      const tool = tools.find(({ definition }) => definition.name === name);
      if (tool === undefined) return { status: "error", content: [], error: `No tool ${name}` };
      return tool.run(input, { callId: "call_1", ports, signal });
    },
  };
}
