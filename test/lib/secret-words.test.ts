import { describe, expect, test } from "vitest";
import { withoutSecrets } from "../../src/lib/secret-words.ts";

/** [what it is, what was written, what is left] */
const texts: readonly (readonly [string, string, string])[] = [
  ["a vendor's key", `use sk-${"a1b2".repeat(8)} please`, "use [secret] please"],
  ["a forge's token", "git push with ghp_abcdefghijklmnopqrstuvwxyz0123", "git push with [secret]"],
  ["a fine-grained token", "github_pat_11ABCDEFG0abcdefghijkl_mnop", "[secret]"],
  ["a cloud's key id", "AKIAIOSFODNN7EXAMPLE is mine", "[secret] is mine"],
  ["our own key", "curl -H x srk_0123456789abcdef_secretpart", "curl -H x [secret]"],
  ["a signed token", "eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJSMeK", "[secret]"],
  ["a password that is named", 'set password = "hunter22hunter" now', 'set password = "[secret]" now'],
  ["a variable of the environment", "API_KEY=abcdef123456 npm test", "API_KEY=[secret] npm test"],
  ["a header", "Authorization: Bearer abc.def.ghi-jkl", "Authorization: Bearer [secret]"],
  ["a password in a URL", "clone https://me:s3cret@host/x.git", "clone https://me:[secret]@host/x.git"],
  ["a private key", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nthen", "[secret]\nthen"],
];

describe("a text that others will see", () => {
  test.each(texts)("is rid of %s", (_, written, left) => {
    expect(withoutSecrets(written)).toBe(left);
  });

  test.each([
    "Build the JWT auth flow in src/auth/login.ts",
    "Rename token to ticket: the tokens are too many",
    "ask-the-user-about-the-password-reset-page",
    "Use https://example.com:8080/a@b",
  ])("stays as it was without one: %s", (text) => {
    expect(withoutSecrets(text)).toBe(text);
  });

  test("is read in linear time", () => {
    const started = performance.now();
    withoutSecrets(`${"password=".repeat(20_000)}${"-----BEGIN ".repeat(5_000)}${"://a:".repeat(20_000)}`);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
