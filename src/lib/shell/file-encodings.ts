/** Bytes and texts of files, in the encodings that the shell's programs name. */

type Encoding = "utf8" | "utf-8" | "ascii" | "binary" | "base64" | "hex" | "latin1";

export type EncodingOption = Encoding | { readonly encoding?: Encoding | null } | null;

export function bytesFrom(content: string | Uint8Array, option?: EncodingOption): Uint8Array {
  return typeof content === "string" ? Buffer.from(content, encodingOf(option)) : content;
}

export function textFrom(bytes: Uint8Array, option?: EncodingOption): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(encodingOf(option));
}

function encodingOf(option: EncodingOption | undefined): Encoding {
  return (typeof option === "string" ? option : option?.encoding) ?? "utf8";
}
