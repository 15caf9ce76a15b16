/** Base64 as clients send it: padded, perhaps broken into lines. What is no base64 is refused, not passed over. */

/** The bytes, or nothing when the text is not base64 from end to end. */
export function decodeBase64(text: string): Buffer | undefined {
  const packed = text.includes("\n") ? text.replaceAll(/[\r\n]/g, "") : text;
  const bytes = Buffer.from(packed, "base64");
  // The decoder passes over what is foreign and stops at the first padding, and either makes the result shorter. A pattern
  // would say the same at several times the cost, which shows at 30 MB.
  const padding = packed.endsWith("==") ? 2 : packed.endsWith("=") ? 1 : 0;
  const isWhole = packed.length % 4 === 0 && bytes.length === (packed.length / 4) * 3 - padding;
  // It also reads the alphabet of URLs, which is another encoding.
  return isWhole && !packed.includes("-") && !packed.includes("_") ? bytes : undefined;
}
