/* oxlint-disable typescript/no-unsafe-assignment, typescript/no-unsafe-member-access, typescript/no-unsafe-call, typescript/no-unsafe-argument, typescript/no-unsafe-return -- loaded as it is by its host, which brings the types */
/**
 * The client of Serai's hooks inside an agent's own process: one `fetch` to the server for what the agent does.
 *
 * Invariant: it never throws, never writes to the terminal and never keeps the process alive. Without an answer within
 * 2.5 s it answers null, and after two failures leaves the server alone for 30 s.
 */
import { appendFileSync, existsSync, readFileSync, realpathSync, renameSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

const DEADLINE_MS = 2_500;
const END_DEADLINE_MS = 800;
const RESTS_MS = 30_000;
const HEARTBEAT_MS = 30_000;
const FORGOTTEN_MS = 3_600_000;
const MAX_LOG_BYTES = 65_536;
const UNANSWERED =
  "Serai did not answer, and its hooks are strict here, so nothing may be changed. See: serai hooks doctor";

export function openClient({ ide, folder, server, strict, cwd }) {
  const home = folder ?? join(process.env.XDG_CONFIG_HOME || join(homedir(), ".config"), "serai", "hooks");
  const site = { ide, cwd, file: join(home, "servers", `${server}.curl`), query: strict ? "?strict=1" : "" };
  const breaker = makeBreaker((what) => note(join(home, "state", "hook.log"), `${ide}: ${what}`));
  const seen = new Map();

  async function ask(payload, deadlineMs = DEADLINE_MS) {
    // A part of a conversation lives as long as the whole.
    if (payload.event !== "heartbeat") seen.set(payload.parent_conversation_id ?? payload.conversation_id, Date.now());
    return breaker.run((missed) => post(payload, { ...site, missed, deadlineMs }));
  }

  const timer = setInterval(() => {
    for (const [conversation, at] of seen) {
      if (Date.now() - at > FORGOTTEN_MS) seen.delete(conversation);
      else ask({ event: "heartbeat", conversation_id: conversation }).catch(() => null);
    }
  }, HEARTBEAT_MS);
  timer.unref?.();

  return {
    /** The server's answer, or null. */
    ask,
    /** With a reason: it must not be done. */
    async decide(payload) {
      const answer = await ask(payload);
      if (answer === null) return strict ? { reason: UNANSWERED } : {};
      if (answer.permission === "deny") return { reason: answer.reason || "Another agent has reserved it" };
      return { context: answer.context };
    },
    /** Sent, and not waited for any longer than an end may last. */
    end: (payload) => ask(payload, END_DEADLINE_MS),
    /**
     * Whether no other file of ours, the user's or the project's, has heard it in this process: what has no id would count
     * twice. It is told by an object that the host gives to both.
     */
    isFirst(object) {
      const heard = (globalThis[Symbol.for(`serai ${site.file}`)] ??= new WeakSet());
      if (heard.has(object)) return false;
      heard.add(object);
      return true;
    },
    forget: (conversation) => seen.delete(conversation),
    conversations: () => [...seen.keys()],
    close: () => clearInterval(timer),
  };
}

/** For a place where otherwise only the user speaks. */
export function framed(text) {
  return `<serai>\n${text.replaceAll(/<\/?serai>/g, "")}\n</serai>`;
}

/** What an agent is still to be told, by its conversation: there is not a place for it at every moment. */
export function openWaiting() {
  const texts = new Map();
  return {
    add(conversation, answer) {
      if (typeof answer?.context !== "string") return;
      texts.set(conversation, [...(texts.get(conversation) ?? []), answer.context]);
    },
    /** Null when there is nothing; what is taken is told. */
    take(conversation) {
      const found = texts.get(conversation) ?? [];
      texts.delete(conversation);
      return found.length === 0 ? null : found.join("\n\n");
    },
  };
}

function makeBreaker(tell) {
  let failures = 0;
  let missed = 0;
  let restsUntil = 0;
  return {
    async run(work) {
      if (Date.now() < restsUntil) {
        missed += 1;
        return null;
      }
      try {
        const answer = await work(missed);
        failures = 0;
        missed = 0;
        return answer;
      } catch (error) {
        failures += 1;
        missed += 1;
        if (failures >= 2) restsUntil = Date.now() + RESTS_MS;
        tell(String(error?.cause?.message || error?.message || error));
        return null;
      }
    },
  };
}

async function post(payload, { ide, cwd, file, query, missed, deadlineMs }) {
  const access = readAccess(file);
  if (access === null) throw new Error(`There is no ${file}; run: serai hooks install ${ide}`);
  const answer = await fetch(`${access.url}/hooks/${ide}${query}`, {
    method: "POST",
    headers: {
      ...access.headers,
      ...factsOf(payload.cwd ?? cwd),
      "X-Serai-Agent": ide,
      ...gapOf(missed),
      ...ownSession(),
    },
    body: JSON.stringify({ cwd, ...payload }),
    redirect: "error",
    signal: AbortSignal.timeout(deadlineMs),
  });
  const text = await answer.text();
  if (answer.headers.get("x-serai-exit") === "2") return { permission: "deny", reason: text };
  if (!answer.ok) throw new Error(`${access.url} said: ${answer.status}`);
  return text === "" ? {} : JSON.parse(text);
}

/** The terminal is the agent's, so what goes wrong is told nowhere else. */
function note(file, what) {
  try {
    if (!existsSync(file)) return;
    if (statSync(file).size > MAX_LOG_BYTES) renameSync(file, `${file}.1`);
    appendFileSync(file, `${new Date().toISOString()} ${what}\n`, { mode: 0o600 });
  } catch {
    // A log that cannot be written must not stop an agent.
  }
}

/** Read at every call: a key may be changed while the agent runs. */
function readAccess(file) {
  if (!existsSync(file)) return null;
  const text = readFileSync(file, "utf8");
  const url = /^# url (\S+)$/m.exec(text)?.[1];
  const headers = [...text.matchAll(/^header = "([^":]+): ([^"]*)"$/gm)].map(([, name, value]) => [name, value]);
  return url === undefined ? null : { url, headers: Object.fromEntries(headers) };
}

function gapOf(missed) {
  return missed === 0 ? {} : { "X-Serai-Gap": String(missed) };
}

/** Of an agent that Serai has started itself: for which session. */
function ownSession() {
  const id = process.env.SERAI_SESSION ?? "";
  return /^[0-9a-z_]+$/.test(id) ? { "X-Serai-Session": id } : {};
}

/** What no agent says of its repository. */
function factsOf(cwd) {
  try {
    const place = realpathSync(cwd);
    return { "X-Serai-Cwd": encoded(place), ...treeOf(rootOf(place)) };
  } catch {
    return {};
  }
}

function rootOf(folder) {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return at;
    if (dirname(at) === at) return null;
  }
}

function treeOf(root) {
  if (root === null) return {};
  const dot = join(root, ".git");
  const pointer = statSync(dot).isFile() ? /^gitdir: (.+)$/m.exec(readFileSync(dot, "utf8"))?.[1] : ".git";
  const git = resolve(root, (pointer ?? ".git").trim());
  const link = join(git, "commondir");
  const common = existsSync(link) ? resolve(git, readFileSync(link, "utf8").trim()) : git;
  const branch = /^ref: refs\/heads\/(.+)$/m.exec(textOf(join(git, "HEAD")))?.[1];
  const config = textOf(join(common, "config"));
  const section = /^\s*\[remote "origin"\]([^[]*)/m.exec(config)?.[1] ?? "";
  const origin = /^\s*url\s*=\s*"?([^"\r\n]+)"?/im.exec(section)?.[1]?.replace(/^([a-z+]+:\/\/)[^/@]*@/i, "$1");
  const ignoresCase = /^\s*ignorecase\s*=\s*(?:true|yes|on|1)\s*$/im.test(config);
  return {
    "X-Serai-Root": encoded(root),
    "X-Serai-Common-Dir": encoded(realpathSync(common)),
    ...(origin === undefined ? {} : { "X-Serai-Origin": encoded(origin.trim()) }),
    ...(branch === undefined ? {} : { "X-Serai-Branch": encoded(branch) }),
    "X-Serai-Ignore-Case": String(ignoresCase),
  };
}

function textOf(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

function encoded(text) {
  return /^[ -$&-~]*$/.test(text) ? text : encodeURIComponent(text);
}
