/**
 * Paths of files that live in a store and not on a disk: absolute, POSIX, one spelling per file.
 *
 * Invariant: a `VirtualPath` begins with "/", has no empty, "." or ".." segment, is NFC and well formed, and parsing it
 * again gives itself. What is ambiguous anywhere (another system, an URL, a terminal) is refused, not repaired.
 * Never touches a file system.
 */

declare const brand: unique symbol;
export type VirtualPath = string & { readonly [brand]: "VirtualPath" };

export type VirtualPathReason =
  | "empty"
  | "not_absolute"
  | "not_well_formed"
  | "control_character"
  | "backslash"
  | "encoded_character"
  | "empty_segment"
  | "dot_segment"
  | "trailing_dot_or_space"
  | "segment_too_long"
  | "path_too_long"
  | "reserved_name";

export type VirtualPathRefusal = {
  readonly kind: "refused";
  readonly reason: VirtualPathReason;
  /** A sentence without its end, for people. */
  readonly detail: string;
};
export type VirtualPathOutcome = { readonly kind: "parsed"; readonly path: VirtualPath } | VirtualPathRefusal;

export type VirtualPathOptions = {
  /**
   * As agents write paths: relative ones count from the root, a leading "./" is dropped, and so is the "/workspace" under
   * which their prompts name the session's files.
   */
  readonly isAgent?: boolean;
};

export const MAX_SEGMENT_BYTES = 255;
export const MAX_PATH_BYTES = 1024;

/** Shape: "/", or "/" and segments joined by "/"; one "/" at the end is dropped. */
export function parseVirtualPath(text: string, { isAgent = false }: VirtualPathOptions = {}): VirtualPathOutcome {
  const spelled = (isAgent ? fromAgent(text) : text).normalize("NFC");
  const reason = faultInText(spelled) ?? faultInSegments(segmentsOf(spelled));
  if (reason !== undefined) return { kind: "refused", reason, detail: DETAILS[reason] };
  const path = spelled.length > 1 && spelled.endsWith("/") ? spelled.slice(0, -1) : spelled;
  return { kind: "parsed", path: path as VirtualPath }; // The one parser of the brand.
}

function fromAgent(text: string): string {
  if (text === "." || text === "./") return "/";
  const absolute = text === "" || text.startsWith("/") ? text : `/${text.replace(/^\.\//, "")}`;
  const inside = absolute.replace(/^\/workspace(?=\/|$)/, "");
  return inside === "" && absolute !== "" ? "/" : inside;
}

function segmentsOf(path: string): readonly string[] {
  const inside = path.slice(1, path.endsWith("/") ? -1 : undefined);
  return inside === "" ? [] : inside.split("/");
}

// Control characters of both sets, line and paragraph separators, and the marks that reverse the order of what is shown.
const INVISIBLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

function faultInText(path: string): VirtualPathReason | undefined {
  if (path === "") return "empty";
  if (!path.isWellFormed()) return "not_well_formed";
  if (!path.startsWith("/")) return "not_absolute";
  if (INVISIBLE.test(path)) return "control_character";
  if (path.includes("\\")) return "backslash";
  if (/%(?:00|2e|2f|5c)/i.test(path)) return "encoded_character";
  if (path.includes("//")) return "empty_segment";
  return Buffer.byteLength(path) > MAX_PATH_BYTES ? "path_too_long" : undefined;
}

function faultInSegments(segments: readonly string[]): VirtualPathReason | undefined {
  for (const segment of segments) {
    if (segment === "." || segment === "..") return "dot_segment";
    if (/[. ]$/.test(segment)) return "trailing_dot_or_space";
    if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) return "segment_too_long";
  }
  return segments[0]?.startsWith("_") ? "reserved_name" : undefined;
}

const DETAILS = {
  empty: "Path is empty",
  not_absolute: 'Path does not begin with "/"',
  not_well_formed: "Path is not well-formed Unicode",
  control_character: "Path contains a control or direction character",
  backslash: "Path contains a backslash",
  encoded_character: "Path contains a percent-encoded separator, dot or NUL",
  empty_segment: 'Path contains "//"',
  dot_segment: 'Path contains "." or ".." as a segment',
  trailing_dot_or_space: "A segment of the path ends with a dot or a space",
  segment_too_long: `A segment of the path is longer than ${MAX_SEGMENT_BYTES} bytes`,
  path_too_long: `Path is longer than ${MAX_PATH_BYTES} bytes`,
  reserved_name: 'Names that begin with "_" are reserved at the root',
} as const satisfies Record<VirtualPathReason, string>;

/** The folder that holds `path`; nothing for "/". */
export function parentOf(path: VirtualPath): VirtualPath | undefined {
  if (path === "/") return undefined;
  return (path.slice(0, path.lastIndexOf("/")) || "/") as VirtualPath; // A beginning of a path at a segment's end is one.
}

/** The last segment; "" for "/". */
export function nameOf(path: VirtualPath): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** All folders above `path`, the root first; none for "/". */
export function ancestorsOf(path: VirtualPath): readonly VirtualPath[] {
  const parent = parentOf(path);
  return parent === undefined ? [] : [...ancestorsOf(parent), parent];
}

/** Is `path` the folder itself or anything below it. */
export function isWithin(path: VirtualPath, folder: VirtualPath): boolean {
  return folder === "/" || path === folder || path.startsWith(`${folder}/`);
}
