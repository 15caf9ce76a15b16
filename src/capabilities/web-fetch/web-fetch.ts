/** Reads a page of the web: as Markdown, as plain text, or as it is. Long ones come in parts. */
import { z } from "zod";

import type { ToolContext, ToolResult } from "../../core/ports/tools.ts";
import { contentKindOf } from "../../lib/fetch/content-kind.ts";
import type { ContentKind } from "../../lib/fetch/content-kind.ts";
import { decodeText } from "../../lib/fetch/decode-text.ts";
import { isHostIn } from "../../lib/fetch/host-rules.ts";
import type { Fetched, SafeFetch } from "../../lib/fetch/safe-fetch.ts";
import { makeRedactor, noRedaction } from "../../lib/redact.ts";
import { fitJsonBytes } from "../../lib/json-size.ts";
import type { JobThreads } from "../../lib/threads/job-threads.ts";
import { defineTool } from "../define-tool.ts";
import { fillSecrets } from "../secret-placeholders.ts";
import { countOf, fail, PAGE_BYTES, say } from "../tool-results.ts";
import type { ReadPage } from "./read-html.ts";

export type WebFetchDeps = { readonly fetch: SafeFetch; readonly threads: JobThreads };

export type WebFetchConfig = {
  readonly allowed_domains?: readonly string[] | undefined;
  readonly blocked_domains?: readonly string[] | undefined;
  readonly timeout_seconds: number;
  readonly max_bytes: number;
};

type Format = "markdown" | "text" | "raw";

const READING_MS = 15_000;
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;

export function makeWebFetch(deps: WebFetchDeps, config: WebFetchConfig) {
  return defineTool({
    name: "web_fetch",
    description:
      "Fetches a public URL (http or https, GET) and shows what is there as Markdown, without navigation and scripts. " +
      "Long pages come in parts: the last line says where to read on. Shows text only: no pictures, no PDF. Private " +
      `addresses are refused, up to 5 redirects are followed; limits are ${config.timeout_seconds} s and ` +
      `${countOf(config.max_bytes, "byte")} a page.`,
    input: z.object({
      url: z.string().min(1).describe("Absolute URL, such as https://example.com/page"),
      format: z
        .enum(["markdown", "text", "raw"])
        .default("markdown")
        .describe("markdown: with headings, lists and links; text: only the words; raw: the source as it is"),
      max_bytes: z.number().int().min(1).default(PAGE_BYTES).describe("How much of the text to show at most, in bytes"),
      offset: z.number().int().min(0).default(0).describe("Character of the text to begin at, to read on"),
      headers: z
        .record(z.string().regex(HEADER_NAME, "Must be the name of a header"), z.string().max(8_192))
        .default({})
        .describe("Headers to send, such as Accept or Authorization; {{secret.NAME}} stands for a secret's value"),
    }),
    hints: { isRepeatable: true, isReadonly: true },
    async run({ url, format, max_bytes: maxBytes, offset, headers }, context) {
      const fetched = await fetchPage(deps, config, { url, headers, context });
      if ("result" in fetched) return fetched.result;
      const kind = await contentKindOf(fetched.headers["content-type"], fetched.body);
      if (fetched.status >= 400) return failedAnswer(fetched, kind);
      if (kind.kind !== "html" && kind.kind !== "text") return fail(notShown(fetched, kind));
      const page = await readPage(deps, { fetched, kind, format, signal: context.signal });
      if (page === null) return fail(`The page ${fetched.url} is too large to be taken apart; use format "raw"`);
      return showPart({ page, fetched, kind }, { offset, maxBytes: Math.min(maxBytes, PAGE_BYTES) });
    },
  });
}

type Asked = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly context: ToolContext;
};

async function fetchPage(
  { fetch }: WebFetchDeps,
  {
    allowed_domains: allowed,
    blocked_domains: blocked = [],
    timeout_seconds: seconds,
    max_bytes: maxBytes,
  }: WebFetchConfig,
  { url, headers, context }: Asked,
): Promise<Fetched | { readonly result: ToolResult }> {
  const { network, secrets } = context.ports;
  const filled = await fillSecrets({ url, headers, body: null }, secrets);
  if (filled.kind === "refused") return { result: fail(`${url} was not fetched: ${filled.detail}`) };
  const outcome = await fetch({
    ...(filled.kind === "plain" ? { url, headers } : { url: filled.request.url, headers: filled.request.headers }),
    // Where a redirect leads nobody has allowed.
    ...(filled.kind === "plain" ? {} : { maxRedirects: 0 }),
    maxBytes,
    timeoutMs: seconds * 1000,
    signal: context.signal,
    isAllowed: (hostname) =>
      (allowed === undefined || isHostIn(allowed, hostname)) &&
      !isHostIn(blocked, hostname) &&
      network?.isAllowed(hostname) !== false,
  });
  const clean = filled.kind === "plain" ? noRedaction : makeRedactor(filled.values);
  if (outcome.kind === "refused") return { result: fail(`${url} was not fetched: ${clean.text(outcome.detail)}`) };
  if (filled.kind === "plain") return outcome;
  if (outcome.status >= 300 && outcome.status < 400)
    return {
      result: fail(`${url} answered ${outcome.status}: it leads on, and what is sent with a secret is not sent on`),
    };
  return { ...outcome, url, statusText: clean.text(outcome.statusText), body: clean.bytes(outcome.body) };
}

type Reading = {
  readonly fetched: Fetched;
  readonly kind: ContentKind;
  readonly format: Format;
  readonly signal: AbortSignal;
};

async function readPage(
  { threads }: WebFetchDeps,
  { fetched: { url, body, isCut }, kind: { kind, charset }, format, signal }: Reading,
): Promise<ReadPage | null> {
  const source = decodeText(body, charset, isCut).toWellFormed();
  if (kind !== "html" || format === "raw") return { title: "", text: source };
  const outcome = await threads.run<ReadPage>({
    program: new URL(import.meta.url.endsWith(".ts") ? "./html-worker.ts" : "./html-worker.js", import.meta.url),
    input: { html: source, url, format },
    deadlineMs: READING_MS,
    signal,
  });
  return outcome.kind === "done" ? outcome.result : null;
}

type Page = { readonly page: ReadPage; readonly fetched: Fetched; readonly kind: ContentKind };

function showPart(
  { page, fetched, kind }: Page,
  { offset, maxBytes }: { readonly offset: number; readonly maxBytes: number },
) {
  const { text, title } = page;
  if (offset > 0 && offset >= text.length)
    return fail(
      `The text of ${fetched.url} has ${countOf(text.length, "character")}; offset ${offset} is past its end`,
    );
  const part = fitJsonBytes(text.slice(offset), maxBytes);
  const end = offset + part.length;
  const notes = [
    ...(end < text.length ? [`Characters ${offset} to ${end} of ${text.length}; read on with offset=${end}`] : []),
    ...(end === text.length && offset > 0 ? [`Characters ${offset} to ${end}, the end`] : []),
    ...(fetched.isCut && end === text.length
      ? [`the page goes on, only its first ${countOf(fetched.body.length, "byte")} were fetched`]
      : []),
  ];
  const head = [`URL: ${fetched.url}`, `Content-Type: ${kind.mime}`, ...(title === "" ? [] : [`Title: ${title}`])];
  const shown = text === "" ? "[The page has no text]" : part;
  return say([...head, "", shown, ...(notes.length === 0 ? [] : [`[${notes.join("; ")}]`])].join("\n"));
}

/** What a server says with its refusal often tells what to do instead. */
function failedAnswer({ url, status, statusText, body }: Fetched, { kind, charset }: ContentKind): ToolResult {
  const said = kind === "text" ? decodeText(body, charset).trim() : "";
  const words = said === "" ? "" : `: ${fitJsonBytes(said.toWellFormed(), 1000)}`;
  return fail(`${url} answered ${status}${statusText === "" ? "" : ` ${statusText}`}${words}`);
}

function notShown({ url, body, isCut }: Fetched, { kind, mime }: ContentKind): string {
  const what = { pdf: "a PDF document", image: "a picture" }[kind as string] ?? "not text";
  const size = `${isCut ? "more than " : ""}${countOf(body.length, "byte")}`;
  return `${url} is ${what} (${mime}, ${size}); web_fetch shows text and HTML only`;
}
