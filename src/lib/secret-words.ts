/**
 * Takes what looks like a secret out of a text that people wrote to somebody else: a prompt that becomes a task's name
 * on everybody's screen. Known forms only, so ordinary words stay; `redact.ts` is for secrets that are known.
 */
const MARK = "[secret]";

/** Each pattern is linear: no repetition inside a repetition. */
const FORMS: readonly RegExp[] = [
  // Keys of vendors, by the prefix that they are recognised by.
  /\b(?:sk|rk|pk)[-_][A-Za-z0-9_-]{16,}/g,
  /\b(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{20,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/g,
  /\bglpat-[A-Za-z0-9_-]{16,}/g,
  /\bxox[abeprs]-[A-Za-z0-9-]{10,}/g,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
  /\bAIza[A-Za-z0-9_-]{30,}/g,
  /\b(?:srk|ek)_[A-Za-z0-9_-]{16,}/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/g,
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]{0,20000}(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g,
];

/** The word that names it stays, so that a reader still knows what was meant. */
const NAMED =
  /\b((?:password|passwd|secret|token|api[_-]?key|access[_-]?key)["']?[ \t]{0,4}[=:][ \t]{0,4}["']?)[^\s"',;]{6,}/gi;
const BEARER = /\b(Bearer[ \t]{1,4})[A-Za-z0-9._~+/=-]{12,}/gi;
const IN_URL = /(:\/\/[^\s:/@]{1,100}:)[^\s@/]{1,200}(?=@)/g;

export function withoutSecrets(text: string): string {
  let clean = text;
  for (const form of FORMS) clean = clean.replace(form, MARK);
  for (const named of [NAMED, BEARER, IN_URL]) clean = clean.replace(named, `$1${MARK}`);
  return clean;
}
