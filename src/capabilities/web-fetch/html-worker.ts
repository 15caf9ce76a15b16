/** The thread that takes a page apart, however large or oddly nested it is. */
import { doJob } from "../../lib/threads/job-side.ts";
import { readHtml, stripTags } from "./read-html.ts";
import type { HtmlPage, ReadPage } from "./read-html.ts";

async function read(page: HtmlPage): Promise<{ readonly value: ReadPage }> {
  try {
    return { value: readHtml(page) };
  } catch (error) {
    // The stack ran out.
    if (!(error instanceof RangeError)) throw error;
    return { value: { title: "", text: stripTags(page.html) } };
  }
}

await doJob(read);
