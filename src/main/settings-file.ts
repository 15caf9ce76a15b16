/**
 * `serai.yaml` in the folder that the server is started in: settings that are lists or secrets and awkward as flags. What it
 * says stands below the environment, in whose words it is handed on, so every entry is checked like any other.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { parseFrontMatter } from "../lib/front-matter.ts";
import type { Environment } from "./config.ts";

export const SETTINGS_FILE = "serai.yaml";

const texts = z.array(z.string());
const fileSettings = z.strictObject({
  cors_origins: texts.optional(),
  allowed_hosts: texts.optional(),
  doors: z.record(z.string(), z.int()).optional(),
  ennio: z.strictObject({ api_token: z.string().optional(), cors_origins: texts.optional() }).optional(),
});

export type ReadFileSettings =
  | { readonly ok: true; readonly environment: Environment }
  | { readonly ok: false; readonly reason: string };

/** Without a file there is nothing to say. */
export async function readSettingsFile(folder: string): Promise<ReadFileSettings> {
  const text = await readIfThere(join(folder, SETTINGS_FILE));
  if (text === null || text.trim() === "") return { ok: true, environment: {} };
  const yaml = await parseFrontMatter(`---\n${text}\n---\n`);
  if (yaml.kind === "refused") return { ok: false, reason: `${SETTINGS_FILE} ${yaml.detail}` };
  const read = fileSettings.safeParse(yaml.fields);
  if (!read.success) {
    const [issue] = read.error.issues;
    const place = issue?.path.length === 0 ? "" : `, ${issue?.path.map(String).join(".")}`;
    return { ok: false, reason: `${SETTINGS_FILE}${place}: ${issue?.message ?? "cannot be read"}` };
  }
  return { ok: true, environment: environmentOf(read.data) };
}

function environmentOf({ cors_origins, allowed_hosts, doors, ennio }: z.output<typeof fileSettings>): Environment {
  const ports = doors === undefined ? undefined : Object.entries(doors).map(([name, port]) => `${name}=${port}`);
  const named = {
    SERAI_CORS_ORIGINS: cors_origins?.join(","),
    SERAI_ALLOWED_HOSTS: allowed_hosts?.join(","),
    SERAI_DOORS: ports?.join(","),
    SERAI_ENNIO_API_TOKEN: ennio?.api_token,
    SERAI_ENNIO_CORS_ORIGINS: ennio?.cors_origins?.join(","),
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw new Error(`Cannot read ${path}`, { cause: error });
  }
}
