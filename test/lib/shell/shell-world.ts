/** A shell over files in memory, for tests: what a command changes is said in words and put into the files. */
import { openShell } from "../../../src/lib/shell/shell.ts";
import type { ShellCommand, ShellFile, ShellOutcome } from "../../../src/lib/shell/shell.ts";

type Ran = Extract<ShellOutcome, { kind: "ran" }>;

export interface ShellWorld extends AsyncDisposable {
  /** Text or bytes by path; `null` for a directory. */
  readonly files: Map<string, string | Uint8Array | null>;
  readonly readonlyPaths: Set<string>;
  /** Paths whose content was asked for, in order. */
  readonly reads: string[];
  run(command: string, more?: Partial<ShellCommand>): Promise<ShellOutcome>;
  /** Of a command that ran: what it printed, its exit code if that is not 0, its changes. */
  sh(command: string, more?: Partial<ShellCommand>): Promise<Said>;
}

export interface Said {
  readonly out: string;
  readonly err: string;
  readonly code: number;
  readonly changes: readonly string[];
  readonly ran: Ran;
}

export function openShellWorld(files: Readonly<Record<string, string | Uint8Array | null>> = {}): ShellWorld {
  const shell = openShell();
  const world: ShellWorld = {
    files: new Map(Object.entries(files)),
    readonlyPaths: new Set(),
    reads: [],
    run: (command, more = {}) =>
      shell.run({
        command,
        cwd: "/",
        deadlineMs: 30_000,
        shownBytes: { stdout: 10_000, stderr: 2_000 },
        source: {
          files: listOf(world),
          async *read(path) {
            world.reads.push(path);
            const content = world.files.get(path);
            if (content === undefined || content === null) throw new Error(`There is no file ${path}`);
            yield Buffer.from(content);
          },
        },
        ...more,
      }),
    async sh(command, more) {
      const ran = await world.run(command, more);
      if (ran.kind !== "ran") throw new Error(`Not run: ${JSON.stringify(ran)}`);
      const { stdout, stderr, exitCode: code, changes } = ran;
      return { out: stdout.head, err: stderr.head, code, changes: changes.map(inWords), ran };
    },
    [Symbol.asyncDispose]: () => shell[Symbol.asyncDispose](),
  };
  return world;
}

function listOf({ files, readonlyPaths }: ShellWorld): readonly ShellFile[] {
  const directories = [...files.keys()].flatMap((path) =>
    path
      .split("/")
      .flatMap((_, end, names) => (end < 1 || end === names.length - 1 ? [] : [names.slice(0, end + 1).join("/")])),
  );
  const paths = [...new Set([...directories, ...files.keys()])].toSorted();
  return paths.map((path) => {
    const content = files.get(path) ?? null;
    return {
      path,
      isDirectory: content === null,
      isReadonly: readonlyPaths.has(path),
      sizeBytes: content === null ? 0 : Buffer.byteLength(content),
      modifiedMs: Date.UTC(2026, 0, 2),
    };
  });
}

function inWords(change: Ran["changes"][number]): string {
  switch (change.kind) {
    case "write":
      return `write ${change.path} ${Buffer.from(change.bytes).toString()}`;
    case "copy":
      return `copy ${change.from} to ${change.path}`;
    case "make_directory":
      return `make ${change.path}`;
    case "remove":
      return `remove ${change.path}`;
  }
}
