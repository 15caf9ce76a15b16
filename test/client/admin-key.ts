/** The key that a server wrote into its data folder. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

export async function adminKey(folder: string): Promise<string> {
  return (await readFile(join(folder, "admin.key"), "utf8")).trim();
}
