/** Patterns and texts at random, made of few letters so that they meet. */
import fc from "fast-check";

const letters = ["a", "b", "x", "k", "K", "é", "ſ", "ß", "ẞ", "0", "7", " ", "_", "-", "😀"];
const literal = fc.constantFrom(...letters, "\\.", "\\-", "\\/", "\\t");
const set = fc.constantFrom(
  "[ab]",
  "[a-x]",
  "[^a]",
  "[^ab\\d]",
  "\\d",
  "\\w",
  "\\s",
  ".",
  "[0-9_]",
  "[k😀]",
  "[^é]",
  "\\W",
  "[[:alpha:]]",
  "\\pL",
  "[\\w-]",
);
const edge = fc.constantFrom("^", "$", "\\b", "\\B");
const repeat = fc.constantFrom("", "", "", "*", "+", "?", "{2}", "{0}", "{1,2}", "{2,}", "{0,3}", "*?", "+?", "{17}");

const piece = fc.letrec<{ piece: string; some: string; branches: string }>((tie) => ({
  piece: fc.oneof(
    { weight: 5, arbitrary: fc.tuple(literal, repeat).map(([atom, times]) => atom + times) },
    { weight: 3, arbitrary: fc.tuple(set, repeat).map(([atom, times]) => atom + times) },
    { weight: 1, arbitrary: edge },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom("(", "(?:", "(?P<n>", "(?i:"), tie("branches"), repeat)
        .map(([open, inside, times]) => `${open}${inside})${times}`),
    },
  ),
  some: fc
    .array(tie("piece"), { minLength: 1, maxLength: 5, depthIdentifier: "some" })
    .map((pieces) => pieces.join("")),
  branches: fc
    .array(tie("some"), { minLength: 1, maxLength: 3, depthIdentifier: "branches" })
    .map((branches) => branches.join("|")),
}));

/** Not all of them compile. */
export const pattern = fc
  .tuple(fc.constantFrom("", "", "", "(?i)", "(?-m)", "\\A"), piece.branches)
  .map(([flags, branches]) => flags + branches);

export const line = fc
  .array(fc.constantFrom(...letters, ".", "/", "\t", "aa", "ab", "x7"), { maxLength: 14 })
  .map((parts) => parts.join(""));
