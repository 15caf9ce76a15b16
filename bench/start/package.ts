/** The program as a package has it: built JavaScript in a folder of its own, without sources beside it. */
import { spawnSync } from "node:child_process";
import { cp, rm, symlink, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const COPIED = ["src", "bin", "tools/build.ts", "package.json", "tsconfig.json", "tsconfig.build.json"];

export async function buildPackage(folder: string): Promise<string> {
  for (const path of COPIED) await cp(join(root, path), join(folder, path), { recursive: true });
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  const { status, stderr } = spawnSync(process.execPath, [join(folder, "tools/build.ts")], { encoding: "utf8" });
  if (status !== 0) throw new Error(`The build failed: ${stderr}`);
  await rm(join(folder, "src"), { recursive: true });
  await writeFile(
    join(folder, "serve.js"),
    'process.exitCode = await (await import("./dist/main/serve.js")).serve({ port: 0, data: process.argv[2] });\n',
  );
  return folder;
}

/** What is to be run to serve a data folder, which is given last: the command line, where it is there. */
export function entryOf(program: string): readonly string[] {
  const hasCommandLine = ["src/cli/main.ts", "dist/cli/main.js"].some((path) => existsSync(join(program, path)));
  if (hasCommandLine) return [join(program, "bin/serai.js"), "serve", "--port", "0", "--data"];
  return existsSync(join(program, "serve.js"))
    ? [join(program, "serve.js")]
    : [join(program, "test/main/serve-child.ts")];
}
