/** What no GitHub answers, and something between it and us may: no JSON, no end, no answer. */
import { afterEach, beforeEach, expect, describe, it } from "vitest";
import { makeTrackers } from "../../src/forges/trackers.ts";
import { readDescription } from "./description.ts";
import { openGithubServer } from "./github-server.ts";
import type { GithubServer } from "./github-server.ts";

const PATH = "/repos/org/repo/issues/42";
const source = { kind: "github", repository: "org/repo" } as const;
const description = readDescription();

let github: GithubServer;
beforeEach(async () => {
  github = await openGithubServer(description);
});
afterEach(() => github[Symbol.asyncDispose]());

const open = (more: object = {}) => makeTrackers({ baseUrl: github.url, token: "t0k3n", fetch, now: () => 0, ...more });

describe("an issue of GitHub", () => {
  it.each([
    ["[]"],
    ["null"],
    [""],
    ["<html>"],
    ['{"number":"42","title":"x"}'],
    ['{"number":42}'],
    ['{"number":1e400,"title":"x"}'],
    [`{"number":42,"title":"x","body":"${"x".repeat(4 * 1024 * 1024)}"}`],
    ["[".repeat(100_000)],
  ])("answered with %.30s is said to be none", async (text) => {
    const broken = { "content-type": "application/json" };
    github.answers.set(PATH, { broken: (_, response) => void response.writeHead(200, broken).end(text) });
    expect(await open().readIssue(source, "42")).toEqual({
      ok: false,
      refusal: { kind: "unusable", reason: "it answered with something that is no issue" },
    });
  });

  it("that never ends is read no further than an issue can be", async () => {
    let isOver = false;
    github.answers.set(PATH, {
      broken: (_, response) => {
        response.writeHead(200).on("close", () => (isOver = true));
        const more = () => void (isOver || response.write("x".repeat(65_536), more));
        more();
      },
    });
    expect(await open().readIssue(source, "42")).toMatchObject({ refusal: { kind: "unusable" } });
    await expect.poll(() => isOver).toBe(true);
  });

  it("whose answer breaks off could not be reached", async () => {
    github.answers.set(PATH, {
      broken: (_, response) =>
        response.writeHead(200, { "content-length": "100" }).write("{", () => response.destroy()),
    });
    expect(await open().readIssue(source, "42")).toMatchObject({
      refusal: { kind: "unusable", reason: expect.stringMatching(/^it could not be reached \(/) },
    });
  });

  it("that does not come in time, whole, is timed out", async () => {
    github.answers.set(PATH, { broken: () => {} });
    const timedOut = { ok: false, refusal: { kind: "timed_out", afterMs: 50 } };
    expect(await open({ timeoutMs: 50 }).readIssue(source, "42")).toEqual(timedOut);
    github.answers.set(PATH, { broken: (_, response) => void response.writeHead(200).write('{"number":') });
    expect(await open({ timeoutMs: 50 }).readIssue(source, "42")).toEqual(timedOut);
  });

  it("is nobody's any more once the asker has gone", async () => {
    const asker = new AbortController();
    github.answers.set(PATH, { broken: () => asker.abort() });
    await expect(open().readIssue(source, "42", asker.signal)).rejects.toThrow(/abort/i);
  });

  it("cannot be read where nobody answers", async () => {
    const tracker = open();
    await github[Symbol.asyncDispose]();
    expect(await tracker.readIssue(source, "42")).toMatchObject({
      refusal: { kind: "unusable", reason: "it could not be reached (ECONNREFUSED)" },
    });
  });
});
