/** K5, K6: secrets are filled in as a request leaves, for the hosts that they are for, and come back from nowhere. */
import { describe, expect, test } from "vitest";
import { fillSecrets } from "../../src/capabilities/secret-placeholders.ts";
import type { OpenedSecret } from "../../src/core/ports/tools.ts";
import { redirect, serve } from "../lib/fetch/local-server.ts";
import type { Answer } from "../lib/fetch/local-server.ts";
import { openToolWorld } from "./tool-world.ts";

const VALUE = "cänary/4711+value&x";
const TOKEN = "canary-token-0815";
const here = ["127.0.0.1"];

const echo: Answer = (request, response) => {
  const said = [request.url, ...request.rawHeaders, Buffer.from(TOKEN).toString("base64"), encodeURIComponent(VALUE)];
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString()));
  request.on("end", () =>
    response.writeHead(200, { "content-type": "text/plain", "x-echo": TOKEN }).end([...said, body].join("\n")),
  );
};

const secrets: readonly OpenedSecret[] = [
  { name: "VALUE", hosts: here, value: VALUE },
  { name: "TOKEN", hosts: ["api.example.com", ...here], value: TOKEN },
  { name: "ELSEWHERE", hosts: ["*.example.com"], value: "canary-elsewhere" },
  { name: "NOWHERE", hosts: [], value: "canary-nowhere" },
];

async function open(config: Readonly<Record<string, unknown>> = { network: true }) {
  const server = await serve({ "/": echo, "/away": redirect("/"), "/refuses": refuses });
  const refs = [{ ref: "web_fetch" }, { ref: "bash", config }, { ref: "session_file_system" }, { ref: "secrets" }];
  const world = await openToolWorld(refs, { allowPrivate: [server.host], secrets });
  return {
    server,
    world,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

const refuses: Answer = ({ headers }, response) =>
  response.writeHead(403, { "content-type": "text/plain" }).end(`the key ${String(headers["x-key"])} is not good`);

/** In none of the ways that programs write a text. */
function expectNoValue(said: string): void {
  for (const { value } of secrets) {
    const bytes = Buffer.from(value);
    for (const form of [
      value,
      bytes.toString("base64").slice(0, -4),
      encodeURIComponent(value),
      bytes.toString("hex"),
    ]) {
      expect(said).not.toContain(form);
    }
  }
}

describe("web_fetch with secrets", () => {
  test("K5: sends the values in the URL and in headers, and shows the URL as it was written", async () => {
    await using web = await open();
    const url = `${web.server.url}/?q={{secret.VALUE}}`;
    const headers = { Authorization: "Bearer {{secret.TOKEN}}", "X-Plain": "plain" };
    const said = await web.world.say("web_fetch", { url, headers });
    expect(web.server.seen).toEqual([`GET /?q=${encodeURIComponent(VALUE)}`]);
    expect(web.server.requests[0]?.headers).toMatchObject({ authorization: `Bearer ${TOKEN}`, "x-plain": "plain" });
    expect(said).toContain(`URL: ${url}\n`);
    expect(said).toContain("Bearer [secret]");
    expectNoValue(said);
  });

  test("K5: asks no host that the secret is not for, and none that a placeholder names", async () => {
    await using web = await open();
    const { host, url } = web.server;
    const asked = [
      [`${url}/{{secret.ELSEWHERE}}`, "may not be sent to 127.0.0.1; it is for *.example.com"],
      [`${url}/{{secret.NOWHERE}}`, "was given for no host"],
      [`${url}/{{secret.NOBODY}}`, "there is no secret NOBODY; there are VALUE, TOKEN, ELSEWHERE, NOWHERE"],
      [`http://{{secret.TOKEN}}.evil.test/`, "cannot be part of the address"],
      [`http://{{secret.TOKEN}}@${host}/`, "cannot be part of the address"],
      [`http://x:{{secret.TOKEN}}@${host}/`, "cannot be part of the address"],
      [`{{secret.TOKEN}}://${host}/`, "cannot be part of the address"],
      [`http://127.0.0.1:{{secret.TOKEN}}/`, "cannot be part of the address"],
      [`http://evil.test/?{{secret.TOKEN}}`, "may not be sent to evil.test"],
      [`http://127.0.0.1.evil.test/?{{secret.TOKEN}}`, "may not be sent to 127.0.0.1.evil.test"],
      [`http://127.0.0.1@evil.test/?{{secret.TOKEN}}`, "may not be sent to evil.test"],
      [`http://api.example.com/?{{secret.TOKEN}}`, "is sent over https only"],
    ] as const;
    for (const [url, why] of asked) expect(await web.world.fail("web_fetch", { url })).toContain(why);
    const headers = { "X-Key": "{{secret.NOWHERE}}" };
    expect(await web.world.fail("web_fetch", { url, headers })).toContain("was given for no host");
    expect(web.server.seen).toEqual([]);
  });

  test("K5: goes on to no other place, and an answer that repeats the key does not show it", async () => {
    await using web = await open();
    const headers = { "X-Key": "{{secret.TOKEN}}" };
    expect(await web.world.fail("web_fetch", { url: `${web.server.url}/away`, headers })).toContain("answered 302");
    expect(web.server.seen).toEqual(["GET /away"]);
    const refused = await web.world.fail("web_fetch", { url: `${web.server.url}/refuses`, headers });
    expect(refused).toContain("the key [secret] is not good");
  });

  test("K5: tells of a value that no header can have without showing it", async () => {
    await using web = await open();
    const world = await openToolWorld([{ ref: "web_fetch" }], {
      allowPrivate: [web.server.host],
      secrets: [{ name: "LINES", hosts: here, value: "canary\r\nX-Evil: 1" }],
    });
    const said = await world.fail("web_fetch", { url: web.server.url, headers: { A: "{{secret.LINES}}" } });
    expect(said).toContain("characters that no header may have");
    expect(said).not.toContain("canary");
    expect(web.server.seen).toEqual([]);
    await world[Symbol.asyncDispose]();
  });
});

describe("bash with secrets", () => {
  test("K5: has placeholders for variables, which curl fills in for the hosts that they are for", async () => {
    await using web = await open();
    const { url } = web.server;
    const sh = (command: string) => web.world.say("bash", { command });
    expect(await sh('echo "$TOKEN $NOWHERE"; echo "$TOKEN" > kept')).toBe(
      "{{secret.TOKEN}} {{secret.NOWHERE}}\n[exit code 0]",
    );
    expect(await web.world.files.textOf("/kept")).toBe("{{secret.TOKEN}}\n");
    const said = await sh(
      `curl -si -H "X-Key: $TOKEN" -u "me:$TOKEN" --data-urlencode "v=$VALUE" "${url}/?q=$VALUE" > out; rev out | rev; base64 out`,
    );
    const [request] = web.server.requests;
    expect(request?.url).toBe(`/?q=${encodeURIComponent(VALUE)}`);
    expect(request?.headers).toMatchObject({
      "x-key": TOKEN,
      authorization: `Basic ${Buffer.from(`me:${TOKEN}`).toString("base64")}`,
    });
    expect(said).toContain(`v=[secret]`);
    expectNoValue(said);
    expectNoValue(await web.world.files.textOf("/out"));
    const refused = await sh(`curl -sS "${url}/?$NOWHERE" || true; curl -sSL -H "X-Key: $TOKEN" ${url}/away`);
    expect(refused).toContain("was given for no host");
    expect(web.server.seen.at(-1)).toBe("GET /away");
  });

  test("K6: has values without a network if it is configured so, and shows them in no usual way", async () => {
    await using web = await open({ secret_values: true });
    const command =
      'printf %s "$TOKEN" | wc -c; echo "$TOKEN"; echo -n "me:$TOKEN" | base64; printf %s "$VALUE" | od -An -tx1 | tr -d " \\n"; ' +
      'echo "$TOKEN" >&2; echo "$TOKEN" > f; env';
    const said = await web.world.say("bash", { command });
    expect(said).toContain("17");
    expectNoValue(said);
    expectNoValue(await web.world.say("read_file", { path: "/f" }));
    expectNoValue(await web.world.fail("bash", { command: "true", cwd: `/${TOKEN}` }));
    const outputs: string[] = [];
    await web.world.run("bash", { command: 'echo "$TOKEN"' }, { onOutput: (_, delta) => outputs.push(delta) });
    expect(outputs).toEqual(["[secret]\n"]);
  });

  test("K6: never has values and a network at once", async () => {
    await using web = await open({ secret_values: true, network: true });
    expect(await web.world.say("bash", { command: 'echo "$TOKEN"' })).toContain("{{secret.TOKEN}}");
  });

  test("works as ever with a secret that is called like something of the shell's own", async () => {
    const world = await openToolWorld([{ ref: "bash" }], { secrets: [{ name: "PATH", hosts: [], value: "canary" }] });
    expect(await world.say("bash", { command: "echo works | cat" })).toContain("works");
    await world[Symbol.asyncDispose]();
  });
});

describe("a placeholder", () => {
  const use = { list: () => Promise.resolve([]), open: () => Promise.resolve(secrets) };
  const filled = async (request: { url?: string; headers?: Record<string, string>; body?: string | null }) =>
    fillSecrets({ url: "https://api.example.com/", headers: {}, body: null, ...request }, use);

  test("in a JSON body is filled in as JSON has it, and elsewhere as it is", async () => {
    const quoted = { list: use.list, open: () => Promise.resolve([{ name: "Q", hosts: ["a.test"], value: '"\\' }]) };
    const json = {
      url: "https://a.test",
      headers: { "Content-Type": "application/json" },
      body: '{"k":"{{secret.Q}}"}',
    };
    expect(await fillSecrets(json, quoted)).toMatchObject({ request: { body: '{"k":"\\"\\\\"}' } });
    expect(await fillSecrets({ ...json, headers: {} }, quoted)).toMatchObject({ request: { body: '{"k":""\\"}' } });
  });

  test("that is none is left as it is", async () => {
    for (const body of ["{{secret.}}", "{{ secret.TOKEN }}", "{secret.TOKEN}", "{{secret.1}}"])
      expect(await filled({ body })).toEqual({ kind: "plain" });
  });

  test("is filled in wherever it stands, for the same host alone", async () => {
    const headers = { A: "{{secret.TOKEN}} {{secret.TOKEN}}" };
    expect(await filled({ headers })).toMatchObject({
      kind: "filled",
      request: { headers: { A: `${TOKEN} ${TOKEN}` } },
    });
    expect(await filled({ headers: { A: "{{secret.TOKEN}} {{secret.NOWHERE}}" } })).toMatchObject({ kind: "refused" });
    expect(await filled({ url: "https://API.example.com./?{{secret.TOKEN}}" })).toMatchObject({ kind: "filled" });
  });
});
