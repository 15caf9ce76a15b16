/** Reads one cookie out of a `Cookie` header (RFC 6265 §4.2); the first of a name counts. */
export function getCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(";") ?? []) {
    const cut = pair.indexOf("=");
    if (cut < 0 || pair.slice(0, cut).trim() !== name) continue;
    return pair
      .slice(cut + 1)
      .trim()
      .replace(/^"(.*)"$/, "$1");
  }
  return undefined;
}
