/** The link of the ready line: followed once it signs a browser in, and then it is used up. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { boot } from "../../src/main/boot.ts";
import { readSettings } from "../../src/main/config.ts";
import { openLog } from "../../src/main/log.ts";

test("the sign-in link gives a browser a key of its own, once", async () => {
  const folder = await mkdtemp(join(tmpdir(), "serai-sign-in-"));
  const read = readSettings({ port: 0, data: folder }, {}, folder);
  if (!read.ok) throw new Error(read.reason);
  const server = await boot({
    settings: read.settings,
    environment: {},
    version: "test",
    log: openLog("silent"),
    onBroken: (fault) => {
      throw fault;
    },
  });
  try {
    const { workspaceId, userId } = server.first;
    const link = `${server.url}/sign-in?token=${server.signIn.issue({ workspaceId, userId, role: "owner" })}`;
    const followed = await fetch(link, { redirect: "manual" });
    expect(followed.status).toBe(303);
    expect(followed.headers.get("location")).toBe("/docs");
    const cookie = followed.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^serai_key=srk_\S+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
    const me = await fetch(`${server.url}/api/v1/auth/me`, { headers: { cookie: cookie.split(";")[0] ?? "" } });
    expect(me.status).toBe(200);
    const again = await fetch(link, { redirect: "manual" });
    expect(again.status).toBe(401);
    expect(again.headers.get("set-cookie")).toBeNull();
  } finally {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }
});
