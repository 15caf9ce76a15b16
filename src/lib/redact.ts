/**
 * Takes known secrets out of what somebody else wrote, such as a server's complaint about the key it was given: as they
 * are, and in the encodings that programs put things into by themselves (base64 at any place of a longer text, URLs,
 * JSON, hex), also when lines were broken in between.
 *
 * Invariant: it guards against what repeats a secret by mistake. Whoever means to hide one in a text (backwards, in
 * pieces) can; so a secret is best kept from those who could.
 */

/** Shorter ones stand in ordinary words, and would make the text unreadable without hiding anything. */
const MIN_LENGTH = 6;
const MARK = "[secret]";
/** By so much of its beginning one is found, and then taken out as far as the text goes on like it. */
const BEGINNING = 32;

export interface Redactor {
  text(text: string): string;
  /** Of whatever kind; what is not text has none of these forms but by chance. */
  bytes(bytes: Uint8Array): Uint8Array;
}

export const noRedaction: Redactor = { text: (text) => text, bytes: (bytes) => bytes };

export function makeRedactor(secrets: readonly string[]): Redactor {
  const forms = [...new Set(secrets.filter(({ length }) => length >= MIN_LENGTH).flatMap(formsOf))];
  if (forms.length === 0) return noRedaction;
  const cleanText = makeCleaner(forms);
  let cleanBytes: ((text: string) => string) | undefined;
  return {
    text: cleanText,
    bytes(bytes) {
      cleanBytes ??= makeCleaner(forms.map((form) => Buffer.from(form).toString("latin1")));
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
      const clean = cleanBytes(text);
      return clean === text ? bytes : Buffer.from(clean, "latin1");
    },
  };
}

export function redact(text: string, secrets: readonly string[]): string {
  return makeRedactor(secrets).text(text);
}

function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const url = encodeURIComponent(secret.toWellFormed());
  const strict = url.replaceAll(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`);
  const urls = [url, strict, strict.replaceAll("%20", "+")];
  const hex = bytes.toString("hex");
  const base64 = [bytes.toString("base64"), ...[0, 1, 2].map((offset) => base64Within(bytes, offset))];
  const all = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    ...urls,
    ...urls.map((each) => each.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())),
    hex,
    hex.toUpperCase(),
    ...base64,
    ...base64.map((each) => each.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")),
  ];
  return all.map((form) => form.replaceAll(/[\r\n]/g, "")).filter(({ length }) => length >= MIN_LENGTH);
}

/** What is the same in the base64 of every text that has these bytes at this offset, counted in threes. */
function base64Within(bytes: Buffer, offset: number): string {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
  return encoded.slice([0, 2, 3][offset], Math.floor(((offset + bytes.byteLength) * 8) / 6));
}

function makeCleaner(forms: readonly string[]): (text: string) => string {
  const byBeginning = Map.groupBy(forms, (form) => form.slice(0, BEGINNING));
  const pattern = patternOf([...byBeginning.keys()]);
  return (text) => {
    let clean = "";
    let from = 0;
    for (const match of text.matchAll(pattern)) {
      if (match.index < from) continue;
      const candidates = byBeginning.get(match[0].replaceAll(/[\r\n]/g, "")) ?? [];
      const end = match.index + match[0].length;
      clean += text.slice(from, match.index) + MARK;
      from = Math.max(end, ...candidates.map((form) => endOf(text, end, form)));
    }
    return from === 0 ? text : clean + text.slice(from);
  };
}

/** How far the text goes on like the rest of this form, over line breaks. */
function endOf(text: string, start: number, form: string): number {
  let end = start;
  let at = start;
  for (let next = BEGINNING; next < form.length; at++) {
    const character = text[at];
    if (character === "\n" || character === "\r") continue;
    if (character !== form[next]) break;
    next++;
    end = at + 1;
  }
  return end;
}

/** Linear: no form has a line break of its own, so there is one way to match each. */
function patternOf(beginnings: readonly string[]): RegExp {
  const longestFirst = beginnings.toSorted((left, right) => right.length - left.length);
  const spelled = longestFirst.map((each) =>
    each
      .split("")
      .map(escapeOne)
      .join(String.raw`[\r\n]*`),
  );
  return new RegExp(spelled.join("|"), "g");
}

function escapeOne(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/, String.raw`\$&`);
}
