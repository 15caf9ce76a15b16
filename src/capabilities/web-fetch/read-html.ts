/**
 * Reads a page of HTML: its title, and its content as Markdown or as plain text. Nothing in it is run, nothing is loaded.
 *
 * Cost: some 50 ms for a page of 50 KB, seconds for one of 5 MB; so it is done in a thread.
 */
import TurndownService from "turndown";

import type { HtmlDocument, HtmlNode } from "./html-node.ts";
import { isNoise, mainPartOf } from "./noise.ts";
import { markdownRules, textRules } from "./page-rules.ts";
import { cellOf, makeTableRules } from "./table-rules.ts";
import type { TableRules } from "./table-rules.ts";

export type HtmlPage = { readonly html: string; readonly url: string; readonly format: "markdown" | "text" };
export type ReadPage = { readonly title: string; readonly text: string };

type PageFacts = { readonly title: string; readonly base: URL; readonly main: HtmlNode | null };

export function readHtml({ html, url, format }: HtmlPage): ReadPage {
  let facts: PageFacts = { title: "", base: new URL(url), main: null };
  let isSeen = false;
  const tables = makeTableRules();
  const service = newService(tables);
  const rules = format === "markdown" ? markdownRules(() => facts.base) : textRules;
  for (const [name, rule] of Object.entries({ ...rules, ...tables.rules })) service.addRule(name, rule);
  // The rule that was added last is asked first, and the first node that it is asked about brings the document.
  service.addRule("noise", {
    filter: (node: HtmlNode) => {
      if (!isSeen) facts = factsOf(node.ownerDocument, url);
      isSeen = true;
      return isNoise(node, facts.main);
    },
    replacement: () => "",
  });
  const text = service.turndown(html);
  return { title: facts.title, text: tidy(text) };
}

function newService({ isCell }: TableRules): TurndownService {
  const service = new TurndownService({
    headingStyle: "atx",
    codeBlockStyle: "fenced",
    bulletListMarker: "-",
    hr: "---",
    blankReplacement(_content: string, node: HtmlNode & { readonly isBlock?: boolean }) {
      if (isCell(node)) return cellOf("");
      return node.isBlock === true ? "\n\n" : "";
    },
  });
  // It is read, not rendered: a name such as `a_b` stays as it is.
  service.escape = (text) => text;
  return service;
}

function factsOf(document: HtmlDocument, url: string): PageFacts {
  const title = (document.querySelector("title")?.textContent ?? "").trim().replaceAll(/\s+/g, " ");
  const href = document.querySelector("base")?.getAttribute("href") ?? "";
  return { title, base: URL.parse(href, url) ?? new URL(url), main: mainPartOf(document) };
}

function tidy(text: string): string {
  return text
    .replaceAll("\u00a0", " ")
    .replaceAll(/[ \t]+$/gm, "")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim();
}

/** For a page that is nested too deeply to be taken apart: what is between its tags. */
export function stripTags(html: string): string {
  const text = html.replaceAll(/<(script|style)\b[^]*?<\/\1\s*>/gi, "").replaceAll(/<[^>]*>/g, " ");
  return tidy(text.replaceAll(/[ \t]+/g, " ").replaceAll(/(?:\s*\n)+\s*/g, "\n"));
}
