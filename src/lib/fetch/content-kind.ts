/**
 * What a body is, by what its header says and by what it begins with.
 *
 * Invariant: a body is text only if it looks like it; a header that calls a picture text is not believed, and neither is
 * one that says nothing.
 */

/** As much as magic numbers and a look at the text need. */
const SNIFFED_BYTES = 4100;

export type ContentKind = {
  readonly kind: "html" | "text" | "pdf" | "image" | "binary";
  /** Without parameters, lower case. */
  readonly mime: string;
  /** As the header names it. */
  readonly charset: string | undefined;
};

const TEXTUAL =
  /^text\/|[/+](?:json|xml|yaml|x-yaml|toml|javascript|ecmascript|typescript|x-sh|sql|graphql|csv|x-ndjson|jsonlines)$|^application\/(?:x-)?(?:www-form-urlencoded|httpd-php|tex|latex)$/;
const HTML = /^(?:text\/html|application\/xhtml\+xml)$/;
const UNSAID = /^(?:|application\/octet-stream|application\/x-unknown|unknown\/unknown|binary\/octet-stream)$/;

export async function contentKindOf(contentType: string | undefined, bytes: Uint8Array): Promise<ContentKind> {
  const [essence = "", ...parameters] = (contentType ?? "").split(";").map((part) => part.trim());
  const said = essence.toLowerCase();
  const charset = parameters.map((each) => /^charset="?([^"]+)"?$/i.exec(each)?.[1]).find((name) => name !== undefined);
  // The mark of UTF-16 is the beginning of a frame of MP3, too.
  const found = hasWideMark(bytes) && TEXTUAL.test(said) ? undefined : await magicOf(bytes);
  if (found !== undefined && !TEXTUAL.test(found)) return { kind: kindOf(found), mime: found, charset };
  const isText = looksLikeText(bytes, charset);
  if (HTML.test(said) && isText) return { kind: "html", mime: said, charset };
  if (TEXTUAL.test(said) && isText) return { kind: "text", mime: said, charset };
  if (UNSAID.test(said) && isText) {
    const isHtml = /^\s*(?:<!--[^]*?-->\s*)*<(?:!doctype html|html|head|body)\b/i.test(beginningOf(bytes));
    return { kind: isHtml ? "html" : "text", mime: isHtml ? "text/html" : "text/plain", charset };
  }
  const mime = UNSAID.test(said) || TEXTUAL.test(said) ? "application/octet-stream" : said;
  return { kind: kindOf(mime), mime, charset };
}

function kindOf(mime: string): ContentKind["kind"] {
  if (mime === "application/pdf") return "pdf";
  return mime.startsWith("image/") ? "image" : "binary";
}

async function magicOf(bytes: Uint8Array): Promise<string | undefined> {
  // Loaded by the first who fetches, like all of this.
  const { fileTypeFromBuffer } = await import("file-type");
  return (await fileTypeFromBuffer(bytes.subarray(0, SNIFFED_BYTES)))?.mime;
}

/** A NUL is in no text but UTF-16 and UTF-32, and those say so. */
function looksLikeText(bytes: Uint8Array, charset: string | undefined): boolean {
  const isWide = /^utf-?(?:16|32)/i.test(charset ?? "") || hasWideMark(bytes);
  return isWide || !bytes.subarray(0, SNIFFED_BYTES).includes(0);
}

function hasWideMark([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

function beginningOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 1024)).toString("latin1");
}
