/** Names of languages and regions (BCP 47), in their one spelling. */

/** `uk_ua` → `uk-UA`; undefined for what is no language tag. */
export function canonicalLocale(text: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(text.replaceAll("_", "-"))[0];
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
