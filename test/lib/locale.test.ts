import { describe, expect, it } from "vitest";
import { canonicalLocale } from "../../src/lib/locale.ts";

describe("a locale", () => {
  it.each([
    ["en", "en"],
    ["uk_UA", "uk-UA"],
    ["PT-br", "pt-BR"],
    ["zh_hans_cn", "zh-Hans-CN"],
    ["de-DE-u-co-phonebk", "de-DE-u-co-phonebk"],
  ])("%s is written %s", (text, locale) => expect(canonicalLocale(text)).toBe(locale));

  it.each(["", "x", "english, please", "en-", "en--us", "123", "e\u0301n", "*"])("%j is none", (text) => {
    expect(canonicalLocale(text)).toBeUndefined();
  });
});
