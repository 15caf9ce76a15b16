/** The Python client's own tests, run against a real server with the Python of this machine. */
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { startServer } from "../main/server-process.ts";

const run = promisify(execFile);
const client = fileURLToPath(new URL("../../clients/python/", import.meta.url));
const check = "import sys; sys.exit(0 if sys.version_info >= (3, 9) else 1)";
const hasPython = spawnSync("python3", ["-c", check]).status === 0;

describe("the Python client", () => {
  test.skipIf(!hasPython)(
    "passes its tests against a running server (needs Python 3.9)",
    { timeout: 60_000 },
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "serai-python-"));
      const server = await startServer({ folder });
      const env = {
        PATH: process.env.PATH ?? "",
        SERAI_URL: server.url,
        SERAI_API_KEY: server.key,
        PYTHONDONTWRITEBYTECODE: "1",
      };
      try {
        const { stderr } = await run("python3", ["-m", "unittest", "discover", "-s", "tests", "-t", "."], {
          cwd: client,
          env,
        });
        expect(stderr).toMatch(/Ran \d+ tests[\s\S]*OK/);
      } finally {
        await server[Symbol.asyncDispose]();
        await rm(folder, { recursive: true, force: true });
      }
    },
  );
});
