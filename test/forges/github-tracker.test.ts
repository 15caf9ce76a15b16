/** Issues of GitHub, from a server of this machine that answers in GitHub's shapes. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeTrackers } from "../../src/forges/trackers.ts";
import { issue, openGithubServer, reply } from "./github-server.ts";
import type { GithubServer } from "./github-server.ts";

const PATH = "/repos/org/repo/issues/42";
const source = { kind: "github", repository: "org/repo" } as const;
const found = {
  id: "42",
  title: "Add input validation",
  body: "The form takes anything.\r\n\r\nIt should not.",
  state: "open",
  url: "https://github.com/org/repo/issues/42",
  labels: ["bug", "old-style"],
};

let github: GithubServer;
let nowMs: number;
beforeEach(async () => {
  github = await openGithubServer();
  github.answers.set(PATH, issue);
  nowMs = Date.parse("2026-03-01T12:00:00Z");
});
afterEach(() => github[Symbol.asyncDispose]());

const open = (more: object = {}) =>
  makeTrackers({ baseUrl: github.url, token: "t0k3n", fetch, now: () => nowMs, ...more });

describe("an issue of GitHub", () => {
  it.each(["42", "#42", " 42 "])("is read by its number (%s), with the token", async (id) => {
    expect(await open().readIssue(source, id)).toEqual({ ok: true, value: found });
    expect(github.asked).toEqual([{ path: PATH, authorization: "Bearer t0k3n" }]);
  });

  it("is asked for again by its ETag, and is what it became", async () => {
    const tracker = open();
    await tracker.readIssue(source, "42");
    expect(await tracker.readIssue(source, "42")).toEqual({ ok: true, value: found });
    expect(github.asked[1]?.ifNoneMatch).toMatch(/^W\//);
    github.answers.set(PATH, { ...issue, title: "Another title now" });
    expect(await tracker.readIssue(source, "42")).toMatchObject({ value: { title: "Another title now" } });
  });

  it.each([
    [{ state: "closed", state_reason: "completed" }, { state: "closed" }],
    [{ state: "closed", state_reason: "not_planned" }, { state: "cancelled" }],
    [
      { body: null, labels: [] },
      { body: "", labels: [] },
    ],
    [{ html_url: "javascript:alert(1)" }, { url: null }],
  ])("%j is %j", async (more, shown) => {
    github.answers.set(PATH, { ...issue, ...more });
    expect(await open({ token: null }).readIssue(source, "42")).toMatchObject({ ok: true, value: shown });
    expect(github.asked[0]).not.toHaveProperty("authorization");
  });

  it.each(["abc", "0", "4/../5", "", "42?x=1", "99999999999"])("%j is none, and is not asked for", async (id) => {
    expect(await open().readIssue(source, id)).toMatchObject({ refusal: { kind: "issue_missing" } });
    expect(github.asked).toEqual([]);
  });

  it("that is not there is missing, and so is one that was deleted", async () => {
    expect(await open().readIssue(source, "7")).toEqual({ ok: false, refusal: { kind: "issue_missing", id: "7" } });
    github.answers.set(PATH, (_, response) => reply(response, 410, { message: "This issue was deleted" }));
    expect(await open().readIssue(source, "42")).toMatchObject({ refusal: { kind: "issue_missing" } });
  });

  it("of a repository that moved is read where it went, and nothing is sent to another server", async () => {
    const moved = (location: string) =>
      github.answers.set("/repos/org/old/issues/42", (_, response) =>
        reply(response, 301, { message: "Moved Permanently", url: location }, { location }),
      );
    moved(`${github.url}${PATH}`);
    expect(await open().readIssue({ ...source, repository: "org/old" }, "42")).toMatchObject({ value: found });
    await using other = await openGithubServer();
    moved(`${other.url}${PATH}`);
    expect(await open().readIssue({ ...source, repository: "org/old" }, "42")).toMatchObject({
      refusal: { kind: "unusable" },
    });
    expect(other.asked).toEqual([]);
  });

  it("is not asked for while the allowance is used up, and again when it is not", async () => {
    const resetsAt = nowMs / 1_000 + 60;
    github.answers.set(PATH, (_, response) =>
      reply(
        response,
        403,
        { message: "API rate limit exceeded" },
        { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(resetsAt) },
      ),
    );
    const tracker = open();
    const refused = { ok: false, refusal: { kind: "rate_limited", retryAt: "2026-03-01T12:01:00.000Z" } };
    expect(await tracker.readIssue(source, "42")).toEqual(refused);
    expect(await tracker.readIssue(source, "43")).toEqual(refused);
    expect(github.asked).toHaveLength(1);
    github.answers.set(PATH, issue);
    nowMs += 61_000;
    expect(await tracker.readIssue(source, "42")).toEqual({ ok: true, value: found });
  });

  it.each([
    [429, { "retry-after": "30" }, { kind: "rate_limited", retryAt: "2026-03-01T12:00:30.000Z" }],
    [403, { "retry-after": "30" }, { kind: "rate_limited", retryAt: "2026-03-01T12:00:30.000Z" }],
    [403, {}, { kind: "tracker_missing" }],
    [401, {}, { kind: "tracker_missing" }],
    [500, {}, { kind: "unusable", reason: "it answered with status 500" }],
  ])("answered %i %j is refused as %j", async (status, headers, refusal) => {
    github.answers.set(PATH, (_, response) => reply(response, status, { message: "x" }, headers));
    expect(await open().readIssue(source, "42")).toMatchObject({ ok: false, refusal });
  });

  it("answered with something else is said to be none", async () => {
    for (const body of [[], { number: "42" }, { number: 42 }]) {
      github.answers.set(PATH, body);
      expect(await open().readIssue(source, "42")).toMatchObject({ refusal: { kind: "unusable" } });
    }
    github.answers.set(PATH, (_, response) => void response.writeHead(200).end("<html>"));
    expect(await open().readIssue(source, "42")).toMatchObject({ refusal: { kind: "unusable" } });
  });

  it("that does not come in time, whole, is timed out", async () => {
    github.answers.set(PATH, () => {});
    const timedOut = { ok: false, refusal: { kind: "timed_out", afterMs: 50 } };
    expect(await open({ timeoutMs: 50 }).readIssue(source, "42")).toEqual(timedOut);
    github.answers.set(PATH, (_, response) => void response.writeHead(200).write('{"number":'));
    expect(await open({ timeoutMs: 50 }).readIssue(source, "42")).toEqual(timedOut);
  });

  it("cannot be read where nobody answers", async () => {
    const tracker = open();
    await github[Symbol.asyncDispose]();
    expect(await tracker.readIssue(source, "42")).toMatchObject({
      refusal: { kind: "unusable", reason: "it could not be reached (ECONNREFUSED)" },
    });
  });
});
