/** Which server and which key a command takes, and to whom a key is never sent. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { findConnection } from "../../src/cli/connect.ts";

const made: string[] = [];
afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

function place(server?: object, key?: string) {
  const cwd = mkdtempSync(join(tmpdir(), "serai-connect-"));
  made.push(cwd);
  const folder = join(cwd, ".serai");
  mkdirSync(folder);
  if (server !== undefined) writeFileSync(join(folder, "server.json"), JSON.stringify(server));
  if (key !== undefined) writeFileSync(join(folder, "admin.key"), `${key}\n`);
  return { cwd, folder, environment: {} };
}

const server = { url: "http://127.0.0.1:7080", pid: 1 };

describe("the server that a command talks to", () => {
  it("is the one that holds the data folder here, with its key", () => {
    const at = place(server, "srk_admin");
    expect(findConnection({}, at)).toEqual({ url: server.url, key: "srk_admin", dataFolder: at.folder });
  });

  it("is found by SERAI_DATA and by --data from anywhere", () => {
    const { folder } = place(server, "srk_admin");
    const elsewhere = place();
    expect(findConnection({}, { ...elsewhere, environment: { SERAI_DATA: folder } })?.url).toBe(server.url);
    expect(findConnection({ data: folder }, elsewhere)?.key).toBe("srk_admin");
  });

  it("is met at home when it listens everywhere", () => {
    expect(findConnection({}, place({ ...server, url: "http://0.0.0.0:80" }))?.url).toBe("http://127.0.0.1:80");
    expect(findConnection({}, place({ ...server, url: "http://[::]:80" }))?.url).toBe("http://[::1]:80");
  });

  it("is nowhere when nothing says where it is", () => {
    expect(findConnection({}, place())).toBeNull();
  });

  it("is the one that is named: the flag before the environment before the folder", () => {
    const at = { ...place(server, "srk_admin"), environment: { SERAI_URL: "http://b", SERAI_API_KEY: "srk_b" } };
    expect(findConnection({}, at)).toMatchObject({ url: "http://b", key: "srk_b" });
    expect(findConnection({ url: "http://c", key: "srk_c" }, at)).toMatchObject({ url: "http://c", key: "srk_c" });
  });

  it("never gets the key of another one", () => {
    const at = place(server, "srk_admin");
    expect(findConnection({ url: "http://evil.example" }, at)?.key).toBeNull();
    expect(findConnection({ url: "http://127.0.0.1:7081" }, at)?.key).toBeNull();
    expect(findConnection({ url: "http://127.0.0.1:7080/" }, at)?.key).toBe("srk_admin");
  });
});
