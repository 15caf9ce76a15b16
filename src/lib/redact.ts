/** Takes known secrets out of a text that somebody else wrote, such as a server's complaint about the key it was given. */

/** Shorter ones stand in ordinary words, and would make the text unreadable without hiding anything. */
const MIN_LENGTH = 6;
const MARK = "[secret]";

export function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= MIN_LENGTH)
    .toSorted((left, right) => right.length - left.length)
    .reduce((clean, secret) => clean.replaceAll(secret, MARK), text);
}
