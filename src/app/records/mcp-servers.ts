/**
 * MCP servers: places outside, or programs of this machine, whose tools a workspace's agents may have.
 *
 * Invariant: nobody but an owner makes the server run a program or reach a private address. Values of headers and
 * variables go in and never out; kept ones are never sent to a place that somebody without the right to read them chose.
 */
import type { FindMcpServer, ListMcpServers, Probed, ProbeMcp } from "../../core/ports/mcp.ts";
import type { McpServerBody } from "../../core/records/mcp-server.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { requireRole } from "../keys/require-role.ts";
import type { Secrets } from "../secrets.ts";
import type { LookupAddresses } from "./base-url.ts";
import { createRecord } from "./create-record.ts";
import { makeFindMcpServer, makeListMcpServers, targetOf } from "./find-mcp-server.ts";
import { getRecord } from "./get-record.ts";
import type { Kinds } from "./kinds.ts";
import { listRecords } from "./list-records.ts";
import type { RecordListQuery } from "./list-records.ts";
import { settleMcpServer } from "./mcp-change.ts";
import type { McpChange } from "./mcp-change.ts";
import { isEmpty, putValues, readValues, valuesPlace } from "./mcp-values.ts";
import { removeRecord } from "./remove-record.ts";
import type { Reader, Resource, Writer } from "./resource.ts";
import { updateRecord } from "./update-record.ts";

export interface McpServerRecord extends Resource<McpServerBody> {
  /** needs_key: its values were sealed under another key, or a change of them was cut short. */
  readonly state: "active" | "needs_key";
}

export type CreateMcpServer = McpChange &
  Pick<McpServerBody, "transport_type"> & {
    readonly name: unknown;
  };

export type UpdateMcpServer = McpChange & {
  readonly id: string;
  readonly name?: unknown;
  readonly version?: number;
};

export interface McpServerRecords {
  create(writer: Writer, command: CreateMcpServer): Promise<Outcome<McpServerRecord>>;
  get(reader: Reader, id: string): Promise<Outcome<McpServerRecord>>;
  list(
    reader: Reader,
    query: RecordListQuery,
  ): Promise<{ readonly items: readonly McpServerRecord[]; readonly total: number }>;
  update(writer: Writer, change: UpdateMcpServer): Promise<Outcome<McpServerRecord>>;
  remove(writer: Writer, id: string): Promise<Outcome<Resource<McpServerBody>>>;
  /** Whether it answers, and with which tools. */
  test(writer: Writer, id: string): Promise<Outcome<Probed>>;
  readonly find: FindMcpServer;
  readonly lines: ListMcpServers;
}

export interface McpServerDeps {
  readonly kinds: Pick<Kinds, "mcpServer">;
  readonly secrets: Secrets;
  readonly lookup: LookupAddresses;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly probeMcp: ProbeMcp;
}

export function makeMcpServers(deps: McpServerDeps): McpServerRecords {
  const { kinds, secrets } = deps;
  const kind = kinds.mcpServer;
  return {
    create: (writer, command) => createServer(deps, writer, command),
    async get(reader, id) {
      const found = await getRecord(kind, reader, id);
      return found.ok ? accept(await withState(deps, found.value)) : found;
    },
    async list(reader, query) {
      const { items, total } = await listRecords(kind, reader, query);
      return { items: await Promise.all(items.map((item) => withState(deps, item))), total };
    },
    update: (writer, change) => updateServer(deps, writer, change),
    async remove(writer, id) {
      const before = await findToChange(deps, writer, id);
      if (!before.ok) return before;
      const removed = await removeRecord(kind, writer, id);
      if (removed.ok) await secrets.remove(valuesPlace(removed.value));
      return removed;
    },
    async test(writer, id) {
      const role = requireRole(writer, "member");
      if (!role.ok) return role;
      const server = await getRecord(kind, writer, id);
      if (!server.ok) return server;
      const found = await targetOf(deps, server.value);
      if (found.kind === "found") return accept(await deps.probeMcp(found.target));
      return accept({ ok: false, error: "Its values were sealed under another secret key; set them anew" });
    },
    find: makeFindMcpServer(deps),
    lines: makeListMcpServers(deps),
  };
}

/** A program runs as the server does, and may do what it may. */
function mayChange(writer: Writer, { transport_type }: Pick<McpServerBody, "transport_type">): Outcome<null> {
  const role = requireRole(writer, "member");
  if (!role.ok || transport_type !== "stdio" || writer.role === "owner") return role;
  return refuse({ code: "forbidden", reason: "only an owner may set up programs to be run" });
}

async function findToChange(
  { kinds }: McpServerDeps,
  writer: Writer,
  id: string,
): Promise<Outcome<Resource<McpServerBody>>> {
  const role = requireRole(writer, "member");
  if (!role.ok) return role;
  const found = await getRecord(kinds.mcpServer, writer, id);
  const allowed = found.ok ? mayChange(writer, found.value.body) : found;
  return allowed.ok ? found : allowed;
}

async function createServer(
  deps: McpServerDeps,
  writer: Writer,
  command: CreateMcpServer,
): Promise<Outcome<McpServerRecord>> {
  const { transport_type, name, ...change } = command;
  const allowed = mayChange(writer, { transport_type });
  if (!allowed.ok) return allowed;
  const settled = await settleMcpServer(deps, writer, { change, before: null, transport_type });
  if (!settled.ok) return settled;
  const { body, values } = settled.value;
  const made = await createRecord(deps.kinds.mcpServer, writer, { name, body });
  if (!made.ok) return made;
  if (!isEmpty(values)) await putValues(deps.secrets, made.value, values);
  return accept({ ...made.value, state: "active" });
}

async function updateServer(
  deps: McpServerDeps,
  writer: Writer,
  { id, name, version, ...change }: UpdateMcpServer,
): Promise<Outcome<McpServerRecord>> {
  const { kinds, secrets } = deps;
  const before = await findToChange(deps, writer, id);
  if (!before.ok) return before;
  const { transport_type } = before.value.body;
  const settled = await settleMcpServer(deps, writer, { change, before: before.value, transport_type });
  if (!settled.ok) return settled;
  const { body, values } = settled.value;
  // What was settled holds only for what it was settled from.
  const from = version ?? before.value.version;
  const named = name === undefined ? {} : { name };
  const after = await updateRecord(kinds.mcpServer, writer, { id: before.value.id, body, version: from, ...named });
  if (!after.ok) return after;
  if (isEmpty(values)) await secrets.remove(valuesPlace(after.value));
  else if (after.value.body.seal !== before.value.body.seal) await putValues(secrets, after.value, values);
  return accept(await withState(deps, after.value));
}

async function withState(deps: McpServerDeps, server: Resource<McpServerBody>): Promise<McpServerRecord> {
  const read = await readValues(deps.secrets, server);
  return { ...server, state: read.kind === "set" ? "active" : "needs_key" };
}
