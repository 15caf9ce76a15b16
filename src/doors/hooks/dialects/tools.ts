/**
 * What a tool does, by its name and input: its kind, the files it writes, the command it runs. One table for all IDEs,
 * because no two give the same name to different things.
 *
 * Invariant: a tool that only reads names no file. A tool that nobody here knows is `other`, and names no file either.
 */
import type { HookEvent, ToolKind, TouchedFile } from "../../../core/team/hook-event.ts";
import { readPatchPaths } from "../../../lib/patch-paths.ts";
import { cleanText, fieldsOf, isPath, listOf, textIn } from "./fields.ts";
import type { Fields } from "./fields.ts";

/** In lower case, with underscores and dashes taken out. */
const NAMES: Readonly<Record<Exclude<ToolKind, "mcp" | "other">, readonly string[]>> = {
  edit: [
    ...["write", "edit", "multiedit", "notebookedit", "editnotebook", "strreplace", "searchreplace", "createfile"],
    ...["writefile", "editfile", "updatefile", "replace", "create", "insert", "editfiles", "applypatch", "patch"],
    ...["replacestringinfile", "multireplacestringinfile", "inserteditintofile", "editnotebookfile", "writecode"],
    ...["strreplaceeditor", "strreplacebasededittool", "createnewjupyternotebook", "movefile", "renamefile"],
  ],
  delete: ["delete", "deletefile", "removefile"],
  shell: [
    ...["bash", "shell", "powershell", "runshellcommand", "runinterminal", "execcommand", "runcommand", "runcommands"],
    ...["runterminalcmd", "executecommand", "localshell", "terminal", "writebash"],
  ],
  read: [
    ...["read", "readfile", "readmanyfiles", "view", "grep", "glob", "ls", "listdirectory", "listdir", "readcode"],
    ...["searchfilecontent", "grepsearch", "filesearch", "semanticsearch", "codebasesearch", "webfetch", "websearch"],
    ...["googlewebsearch", "fetch", "readlints"],
  ],
};
const KINDS: ReadonlyMap<string, ToolKind> = new Map(
  Object.entries(NAMES).flatMap(([kind, names]) => names.map((name) => [name, kind as ToolKind] as const)),
);

const PATCH_TOOLS: ReadonlySet<string> = new Set(["applypatch", "patch"]);
const PATH_KEYS = [
  ...["file_path", "notebook_path", "path", "target_file", "target_notebook", "filePath", "notebookPath"],
  ...["absolute_path", "relative_path", "filename", "destination", "new_path", "newPath"],
] as const;
const SOURCE_KEYS = ["source", "old_path", "oldPath"] as const;
const LIST_KEYS = ["files", "edits", "replacements", "file_paths", "filePaths", "paths"] as const;
/** A list longer than this is cut; nobody edits that many files in one call. */
const MAX_FILES = 5_000;

export type ReadTool = Pick<HookEvent, "tool" | "files" | "command">;

export function readTool(name: string, input: unknown): ReadTool {
  const mcp = mcpNameOf(name);
  const bare = bareName(mcp ?? name);
  const kind = KINDS.get(bare) ?? "other";
  const tool = { name: cleanText(name).slice(0, 200), kind: mcp === undefined ? kind : "mcp" } as const;
  if (kind === "shell" && mcp === undefined) return { tool, files: [], ...commandOf(input) };
  return { tool, files: kind === "edit" || kind === "delete" ? filesOf(bare, input, kind) : [] };
}

/** `mcp__server__tool` and `MCP:tool`: the tool's own name, by which a server's writing tools are known too. */
function mcpNameOf(name: string): string | undefined {
  if (/^mcp:/i.test(name)) return name.slice(4);
  return name.startsWith("mcp__") ? name.slice(name.lastIndexOf("__") + 2) : undefined;
}

function bareName(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, "");
}

function commandOf(input: unknown): { readonly command?: string } {
  if (typeof input === "string") return input === "" ? {} : { command: cleanText(input) };
  const fields = fieldsOf(input);
  const list = listOf(fields?.["command"]).filter((part) => typeof part === "string");
  // `["bash", "-lc", "…"]`: the shell's own argument is what runs.
  const command = textIn(fields, "command", "cmd", "command_line", "input") ?? list.at(-1);
  return command === undefined ? {} : { command: cleanText(command) };
}

function filesOf(bare: string, input: unknown, kind: "edit" | "delete"): readonly TouchedFile[] {
  const fields = fieldsOf(input);
  const operation = kind === "delete" ? "delete" : "write";
  const named = fields === undefined || PATCH_TOOLS.has(bare) ? [] : namedFiles(fields, operation);
  // Some builds send a patch in whatever field, or as the whole input.
  const files = named.length > 0 ? named : patchedFiles(fields === undefined ? [input] : Object.values(fields));
  const found = files.length > 0 || fields === undefined ? files : namedFiles(fields, operation);
  return withoutTwins(found.filter(({ path }) => isPath(path)));
}

function namedFiles(fields: Fields, operation: "write" | "delete"): readonly TouchedFile[] {
  const from = pathIn(fields, SOURCE_KEYS);
  const path = pathIn(fields, PATH_KEYS);
  if (path !== undefined && from !== undefined) return renamed(from, path);
  const listed = LIST_KEYS.flatMap((key) => listOf(fields[key]).slice(0, MAX_FILES).map(pathWithin));
  return [path, ...listed].filter((each) => each !== undefined).map((each) => ({ path: each, operation }));
}

function renamed(from: string, path: string): readonly TouchedFile[] {
  return [
    { path: from, operation: "delete" },
    { path, operation: "rename", from },
  ];
}

function pathWithin(item: unknown): string | undefined {
  return typeof item === "string" ? pathIn({ item }, ["item"]) : pathIn(fieldsOf(item), PATH_KEYS);
}

/** The first of these that is a text with something in it says which path is meant, if it can be one. */
function pathIn(fields: Fields | undefined, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = fields?.[key];
    if (typeof value === "string" && value !== "") return isPath(value) ? cleanText(value) : undefined;
  }
  return undefined;
}

function patchedFiles(values: readonly unknown[]): readonly TouchedFile[] {
  return values.flatMap((value) => (typeof value === "string" ? readPatchPaths(cleanText(value)) : []));
}

function withoutTwins(files: readonly TouchedFile[]): readonly TouchedFile[] {
  const byPath = new Map<string, TouchedFile>();
  for (const file of files) if (!byPath.has(file.path)) byPath.set(file.path, file);
  return [...byPath.values()];
}
