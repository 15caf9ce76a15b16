/** `serai files …`: the files of a session. */
import { basename, resolve } from "node:path";
import type { Command } from "commander";
import type { FileInfo } from "../client/shapes.ts";
import { UsageFault } from "./faults.ts";
import { formatAge, formatBytes } from "./figures.ts";
import { act, argument } from "./invocation.ts";
import type { CommandSite, Invocation } from "./invocation.ts";
import { download, openLocalFile, readFileFlag } from "./local-files.ts";
import { findSession } from "./lookup.ts";
import { plainLine } from "./screen.ts";
import type { Screen } from "./screen.ts";
import { formatTable } from "./table.ts";

const EXAMPLES = `
Examples:
  $ serai files put last sales.csv
  $ serai files get last /report.md
  $ serai files get last /report.md ./report.md
`;

interface Recursive {
  readonly recursive?: boolean;
}

export function addFiles(program: Command, site: CommandSite): void {
  const files = program.command("files").description("Files of a session").addHelpText("after", EXAMPLES);
  const session = ["<session>", "its id, or last"] as const;
  const list = files
    .command("list")
    .description("List files")
    .argument(...session);
  list.argument("[folder]", "where", "/").option("-r, --recursive", "what is below, too");
  act<Recursive>(list, site, listFiles);
  const get = files
    .command("get")
    .description("Read a file")
    .argument(...session)
    .argument("<path>", "in the session");
  get.argument("[target]", "where to write it on this machine; without it the content is the output");
  act(get, site, getFile);
  const put = files
    .command("put")
    .description("Write a file; one that is there gets a new version")
    .argument(...session);
  put.argument("<file>", "on this machine").argument("[path]", "in the session; without it the file's name");
  act(put, site, putFile);
  const remove = files
    .command("delete")
    .description("Delete a file; its versions stay")
    .argument(...session);
  remove.argument("<path>", "in the session").option("-r, --recursive", "a folder with all that is in it");
  act<Recursive>(remove, site, deleteFile);
}

async function listFiles(call: Invocation<Recursive>): Promise<void> {
  const { serai, flags, shell, show } = call;
  const sessionId = await findSession(serai, argument(call, 0));
  const recursive = flags.recursive === true;
  const found = await serai.sessionFs.list(sessionId, { path: call.args[1] ?? "/", recursive });
  show(found, (screen) => listText(found.data, screen, shell.now()));
}

function listText(files: readonly FileInfo[], screen: Screen, nowMs: number): string {
  if (files.length === 0) return "No files\n";
  const columns = [
    { title: "PATH", isFlexible: true },
    { title: "SIZE", align: "right" },
    { title: "CHANGED" },
  ] as const;
  const rows = files.map(({ path, isDirectory, sizeBytes, updatedAt }) => [
    isDirectory ? `${path}/` : path,
    isDirectory ? "" : formatBytes(sizeBytes),
    formatAge(updatedAt, nowMs),
  ]);
  return formatTable(columns, rows, screen);
}

async function getFile(call: Invocation): Promise<void> {
  const { serai, shell, screen } = call;
  const sessionId = await findSession(serai, argument(call, 0));
  const path = argument(call, 1);
  const target = call.args[2];
  if (target === undefined || target === "-") {
    const content = await serai.sessionFs.readStream(sessionId, path);
    for await (const chunk of content) await shell.outBytes(chunk);
    return;
  }
  const place = resolve(shell.cwd, target.endsWith("/") ? `${target}${basename(path)}` : target);
  await download(serai, sessionId, { path, target: place });
  screen.note(screen.paintNote("dim", `↓ ${plainLine(place)}`));
}

async function putFile(call: Invocation): Promise<void> {
  const { serai, shell } = call;
  const given = argument(call, 1);
  const file = readFileFlag(given, shell.cwd);
  const wanted = call.args[2];
  const path = wanted === undefined ? file.path : pathOf(wanted, file.path);
  const sessionId = await findSession(serai, argument(call, 0));
  const made = await serai.sessionFs.write(sessionId, path, openLocalFile(file.source));
  call.show(made, () => `${plainLine(made.path)}  ${formatBytes(made.sizeBytes)}\n`);
}

/** As `cp` has it: a path that ends in a slash is a folder. */
function pathOf(wanted: string, own: string): string {
  if (wanted === "") throw new UsageFault("The path in the session must not be empty");
  return wanted.endsWith("/") ? `${wanted.slice(0, -1)}${own}` : wanted;
}

async function deleteFile(call: Invocation<Recursive>): Promise<void> {
  const { serai, flags } = call;
  const sessionId = await findSession(serai, argument(call, 0));
  const path = argument(call, 1);
  await serai.sessionFs.delete(sessionId, path, { recursive: flags.recursive === true });
  call.show({ path, deleted: true }, () => `Deleted ${plainLine(path)}\n`);
}
