/** `serai.yaml` beside the server: what it may say, and what goes before it. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readSettings } from "../../src/main/config.ts";
import { readSettingsFile } from "../../src/main/settings-file.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "serai-yaml-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));
const write = (text: string) => writeFile(join(folder, "serai.yaml"), text);

describe("serai.yaml", () => {
  it("holds Ennio's token and origins, as its page has them, and the doors", async () => {
    await write(`
cors_origins: [https://app.example.com]
doors:
  ennio: 3000
ennio:
  api_token: a-token-of-ennio-that-has-32-characters
  cors_origins:
    - http://localhost:3000
    - https://dashboard.example.com
`);
    const file = await readSettingsFile(folder);
    if (!file.ok) throw new Error(file.reason);
    expect(readSettings({}, file.environment, folder)).toMatchObject({
      settings: {
        corsOrigins: ["https://app.example.com"],
        doorPorts: [{ door: "ennio", port: 3000 }],
        ennioToken: "a-token-of-ennio-that-has-32-characters",
        ennioCorsOrigins: ["http://localhost:3000", "https://dashboard.example.com"],
      },
    });
  });

  it("need not be there, and may be empty", async () => {
    expect(await readSettingsFile(folder)).toEqual({ ok: true, environment: {} });
    await write("\n");
    expect(await readSettingsFile(folder)).toEqual({ ok: true, environment: {} });
  });

  it.each([
    ["ennio: {token: x}", /ennio: .*token/],
    ["port: [1", /no valid YAML/],
    ["- a", /no fields/],
    ["doors: {ennio: here}", /doors\.ennio/],
    ["cors_origins: https://a.example", /cors_origins/],
  ])("%j is refused with a sentence", async (text, reason) => {
    await write(text);
    const read = await readSettingsFile(folder);
    expect(read.ok ? "" : read.reason).toMatch(reason);
    expect(read.ok ? "" : read.reason).toMatch(/^serai\.yaml/);
  });
});
