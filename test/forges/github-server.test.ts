/** The GitHub that the tests ask is made of GitHub's own description; nothing else passes for it. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readDescription } from "./description.ts";
import { openGithubServer } from "./github-server.ts";
import type { GithubServer } from "./github-server.ts";

const PATH = "/repos/org/repo/issues/42";
const headers = { accept: "application/vnd.github+json", "x-github-api-version": "2022-11-28", "user-agent": "A test" };

const description = readDescription();
let github: GithubServer;
beforeEach(async () => {
  github = await openGithubServer(description);
});
afterEach(() => github[Symbol.asyncDispose]());

const ask = (path: string, init: RequestInit = {}) =>
  fetch(`${github.url}${path}`, { headers, redirect: "manual", ...init });
/** What was wrong, which is then forgotten. */
const faults = () => github.faults.splice(0).join("\n");

describe("the description that was taken", () => {
  it("describes its own examples, field by field", () => {
    const { operations } = description;
    expect(operations.map(({ id }) => id)).toEqual(["issues/get"]);
    for (const { example, faultInAnswer } of operations) {
      expect(faultInAnswer(200, example())).toBeNull();
      expect(faultInAnswer(200, { ...example(), number: "42" })).toMatch(/number must be integer/);
      expect(faultInAnswer(200, { ...example(), nmber: 42 })).toMatch(/additional properties/);
      expect(faultInAnswer(200, {})).toMatch(/required property 'title'/);
    }
  });

  it("allows null where it says so, also beside a list of words, and nowhere else", () => {
    const [operation] = description.operations;
    const fault = (more: object) => operation?.faultInAnswer(200, { ...operation.example(), ...more });
    expect(fault({ state_reason: null, body: null, milestone: null })).toBeNull();
    expect(fault({ state_reason: "bored" })).toMatch(/state_reason/);
    expect(fault({ title: null })).toMatch(/title must be string/);
  });
});

describe("a server made of it", () => {
  it("answers the example at the place where it was put, and not found elsewhere", async () => {
    github.answers.set(PATH, github.issue(PATH));
    const answer = await ask(PATH);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ number: 42, html_url: "https://github.com/org/repo/issues/42" });
    expect((await ask("/repos/org/repo/issues/7")).status).toBe(404);
  });

  it.each([
    ["/repos/org/repo/issue/42", {}, /no such operation/],
    [PATH, { method: "DELETE" }, /no such operation/],
    ["/repos/org/repo/issues/forty", {}, /issue_number must be integer/],
    [`${PATH}?expand=1`, {}, /additional properties/],
    [PATH, { headers: { ...headers, accept: "text/html" } }, /no media type "text\/html"/],
    [PATH, { headers: { ...headers, "x-github-api-version": "2020-01-01" } }, /version 2022-11-28/],
    [PATH, { headers: { ...headers, "user-agent": "" } }, /says who it is/],
    [PATH, { headers: { ...headers, authorization: "t0k3n" } }, /token/],
  ])("hears of a request that is not GitHub's: %s %j", async (path, init, fault) => {
    expect((await ask(path, init)).status).toBe(501);
    expect(faults()).toMatch(fault);
  });

  it.each([
    [{ body: { number: 42 } }, /required property/],
    [{ status: 404 }, /must be object/],
    [{ status: 304, body: {} }, /has no body/],
    [{ status: 418, body: { message: "x" } }, /418 is not described/],
    [{ status: 301, body: { message: "Moved Permanently" } }, /leads nowhere/],
    [{ status: 403, body: { mesage: "x" } }, /additional properties/],
  ])("hears of an answer that is not GitHub's: %j", async (answer, fault) => {
    github.answers.set(PATH, answer);
    expect((await ask(PATH)).status).toBe(501);
    expect(faults()).toMatch(fault);
  });

  it("says it at the end, so that the test fails", async () => {
    const another = await openGithubServer(description);
    await fetch(`${another.url}/issues/42`);
    await expect(another[Symbol.asyncDispose]()).rejects.toThrow("GET /issues/42: there is no such operation");
  });

  it("is asked at no place without an operation, except where a redirect of its own leads", async () => {
    const place = "/repositories/1296269/issues/42";
    expect((await ask(place)).status).toBe(501);
    expect(faults()).toMatch(/no such operation/);
    github.answers.set(PATH, {
      status: 301,
      body: { message: "Moved Permanently" },
      headers: { location: `${github.url}${place}` },
    });
    github.answers.set(place, github.issue(PATH));
    expect((await ask(PATH)).headers.get("location")).toBe(`${github.url}${place}`);
    expect((await ask(place)).status).toBe(200);
  });

  it("knows by its ETag what has not changed", async () => {
    github.answers.set(PATH, github.issue(PATH));
    const etag = (await ask(PATH)).headers.get("etag") ?? "";
    const again = { headers: { ...headers, "if-none-match": etag } };
    expect((await ask(PATH, again)).status).toBe(304);
    github.answers.set(PATH, github.issue(PATH, { title: "Another title" }));
    expect((await ask(PATH, again)).status).toBe(200);
  });
});
