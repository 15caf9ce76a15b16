/** `serai keys …`: who may come in. */
import type { Command } from "commander";
import { Option } from "commander";
import type { Key } from "../client/shapes.ts";
import type { Serai } from "../client/serai.ts";
import { CommandFault } from "./faults.ts";
import { formatAge } from "./figures.ts";
import { act, argument } from "./invocation.ts";
import type { CommandSite, Invocation } from "./invocation.ts";
import { everyItem } from "./lookup.ts";
import { wholeNumber } from "./options.ts";
import type { Screen } from "./screen.ts";
import { formatTable } from "./table.ts";

interface CreateFlags {
  readonly role: Key["role"];
  readonly days?: number;
  readonly user?: string;
}

export function addKeys(program: Command, site: CommandSite): void {
  const keys = program.command("keys").description("Keys: who may come in");
  act(keys.command("list").description("List keys"), site, async ({ serai, show, shell }) => {
    const data = await everyItem<Key>((query) => serai.keys.list(query));
    show({ data, total: data.length }, (screen) => listText(data, screen, shell.now()));
  });
  const create = keys
    .command("create")
    .description("Mint a key; it is the output, and never shown again")
    .argument("<name>", "whose it is or what it is for")
    .addOption(
      new Option("-r, --role <role>", "what it may do").choices(["owner", "member", "viewer"]).default("member"),
    )
    .option("--user <name>", "whose it is, as others are told of them; you, if nobody is named")
    .option("--days <number>", "how long it is good for", wholeNumber(1, 36_500));
  act<CreateFlags>(create, site, createOne);
  const revoke = keys.command("revoke").description("Revoke a key; its streams end within seconds");
  act(revoke.argument("<key>", "its id, or its name if only one has it"), site, async (call) => {
    const id = await findKey(call.serai, argument(call, 0));
    await call.serai.keys.revoke(id);
    call.show({ id, revoked: true }, () => `Revoked ${id}\n`);
  });
}

async function createOne(call: Invocation<CreateFlags>): Promise<void> {
  const { serai, flags, screen, isJson } = call;
  const expiry = flags.days === undefined ? {} : { expiresInDays: flags.days };
  const user = flags.user === undefined ? {} : { userName: flags.user };
  const made = await serai.keys.create({ name: argument(call, 0), role: flags.role, ...expiry, ...user });
  call.show(made, () => `${made.key}\n`);
  if (!isJson) screen.note(screen.paintNote("dim", `  ${made.id}, ${made.role}; keep it well, it is not shown again`));
}

async function findKey(serai: Serai, text: string): Promise<string> {
  if (/^key_[0-9a-f]{32}$/.test(text)) return text;
  const keys = await everyItem<Key>((query) => serai.keys.list(query));
  const found = keys.filter(({ name, status }) => name === text && status === "active");
  const [first] = found;
  if (first !== undefined && found.length === 1) return first.id;
  if (first === undefined) throw new CommandFault(`There is no key "${text}"; see: serai keys list`);
  throw new CommandFault(`Several keys are called "${text}"; give an id: ${found.map(({ id }) => id).join(", ")}`);
}

function listText(keys: readonly Key[], screen: Screen, nowMs: number): string {
  const columns = [
    { title: "ID" },
    { title: "NAME", isFlexible: true },
    { title: "ROLE" },
    { title: "STATUS" },
    { title: "BEGINS WITH" },
    { title: "LAST USED" },
  ];
  const rows = keys.map(({ id, name, role, status, keyPrefix, lastUsedAt }) => [
    id,
    name,
    role,
    status,
    keyPrefix ?? "",
    lastUsedAt === null ? "never" : formatAge(lastUsedAt, nowMs),
  ]);
  return formatTable(columns, rows, screen);
}
