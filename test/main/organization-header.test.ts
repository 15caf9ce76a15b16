/** H2: `X-Org-Id` agrees with the key or is refused, on every route that asks for a key. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatId } from "../../src/core/ids.ts";
import { openWholeServer } from "./whole-server.ts";
import type { WholeServer } from "./whole-server.ts";

let whole: WholeServer;
let own: string;
let foreign: string;
beforeAll(async () => {
  whole = await openWholeServer();
  const organizationOf = async (caller: "owner" | "stranger") =>
    (await whole.as[caller].get<{ data: { id: string }[] }>("/orgs")).body.data[0]?.id ?? "";
  [own, foreign] = [await organizationOf("owner"), await organizationOf("stranger")];
});
afterAll(() => whole[Symbol.asyncDispose]());

const paths = ["/sessions", "/agents", "/skills", "/auth/me"];

describe("the organization that a request names", () => {
  it.each(paths)("is the key's own at %s, or the request is refused", async (path) => {
    const { viewer } = whole.as;
    const status = async (id: string) => (await viewer.get(path, { "x-org-id": id })).status;
    expect(own).toMatch(/^org_[0-9a-f]{32}$/);
    expect(await status(own)).toBe(200);
    expect(await status(own.replace("org_", "wsp_"))).toBe(200);
    expect(await status("")).toBe(200);
    const answers = [foreign, formatId("organization", 1, "0".repeat(20)), "acme"].map(async (id) => {
      const { status: code, body } = await viewer.get(path, { "x-org-id": id });
      return { status: code, code: body.code, detail: body.detail };
    });
    const [theirs, absent, none] = await Promise.all(answers);
    expect(theirs).toEqual({ status: 403, code: "forbidden", detail: expect.stringContaining(own) });
    expect([absent, none]).toEqual([theirs, theirs]);
  });

  it("is asked about after the key, and not where no key is", async () => {
    expect((await whole.as.none.get("/sessions", { "x-org-id": foreign })).status).toBe(401);
    expect((await whole.as.none.get("/health", { "x-org-id": foreign })).status).toBe(200);
    const made = await whole.as.owner.post("/agents", { name: "x", system_prompt: "" }, { "x-org-id": foreign });
    expect(made.status).toBe(403);
    expect((await whole.as.owner.get("/agents?search=x")).body).toMatchObject({ total: 0 });
  });
});
