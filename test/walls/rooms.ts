/**
 * The two tables of the house: which room may import which, and which room may import which package.
 *
 * Invariant: they say what `the house` page says; code that does not fit is moved, or the page is changed first.
 * A room is named by its folder under `src/`. A place covers everything below it; the longest one that fits counts.
 */

export type Room = { readonly mayImport: readonly string[]; readonly mayImportTypesOf?: readonly string[] };

export const ROOMS: Readonly<Record<string, Room>> = {
  core: { mayImport: [] },
  lib: { mayImport: [] },
  app: { mayImport: ["core", "lib"] },
  store: { mayImport: ["core", "lib"] },
  blobs: { mayImport: ["core", "lib"] },
  bells: { mayImport: ["core", "lib"] },
  harnesses: { mayImport: ["core", "lib"] },
  capabilities: { mayImport: ["core", "lib"] },
  checkouts: { mayImport: ["core", "lib"] },
  forges: { mayImport: ["core", "lib"] },
  notifiers: { mayImport: ["core", "lib"] },
  http: { mayImport: ["core", "lib"], mayImportTypesOf: ["app"] },
  // Each door is a room of its own: none imports another.
  "doors/*": { mayImport: ["http", "core", "app", "lib"] },
  client: { mayImport: [], mayImportTypesOf: ["doors/native/schema"] },
  install: { mayImport: ["lib"] },
  cli: { mayImport: ["client", "install", "main/config"] },
  // The one command that runs the server in this process.
  "cli/serve.ts": { mayImport: ["cli", "client", "install", "main"] },
  web: { mayImport: ["client", "install", "main/config"] },
  main: { mayImport: ["*"] },
};

/** Every package that the program uses, with the places that may import it. `node:` modules not named here are free. */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "@agentclientprotocol/sdk": ["harnesses/acp"],
  "@ai-sdk/*": ["harnesses/hosted"],
  hono: ["http", "doors", "main"],
  "@hono/node-server": ["http", "main"],
  zod: ["core/events", "core/records", "http", "doors", "capabilities", "harnesses", "main", "install"],
  commander: ["cli"],
  pino: ["main"],
  re2js: ["lib"],
  "@fastify/busboy": ["http"],
  "@modelcontextprotocol/client": ["capabilities"],
  "@modelcontextprotocol/server": ["doors/mcp"],
  "file-type": ["lib"],
  "jsonc-parser": ["install"],
  "just-bash": ["lib"],
  sharp: ["lib"],
  turndown: ["capabilities"],
  undici: ["lib/fetch"],
  yaml: ["lib"],
  "node:sqlite": ["store/sqlite"],
};

/** Used where they are installed; who installs Serai decides about them. */
export const OPTIONAL_PACKAGES: readonly string[] = ["sharp"];

/** Rooms that are pure: no module of the platform at all. */
export const PURE_ROOMS: readonly string[] = ["core"];

export type SourceRule = {
  readonly name: string;
  /** Places it holds for; "" is all of `src/`. */
  readonly place: string;
  /** Looked for in the text without comments and string contents. */
  readonly pattern: RegExp;
};

export const SOURCE_RULES: readonly SourceRule[] = [
  {
    name: "reads the clock",
    place: "core",
    pattern: /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)|\bperformance\.now\b/,
  },
  { name: "draws a random value", place: "core", pattern: /\bMath\.random\b|\bcrypto\./ },
  { name: "sets a timer", place: "core", pattern: /\b(?:setTimeout|setInterval|setImmediate|queueMicrotask)\b/ },
  { name: "touches the process or the network", place: "core", pattern: /\bprocess\.|\bfetch\(|\bBuffer\b/ },
  { name: "keeps state in the module", place: "", pattern: /^(?:export )?(?:let|var) /m },
  {
    name: "decides by the text of an error",
    place: "",
    pattern: /\bmessage\s*\??\.\s*(?:includes|startsWith|endsWith|match|indexOf|search)\(/,
  },
  { name: "imports past the module system", place: "", pattern: /\bcreateRequire\b|\bgetBuiltinModule\b|\brequire\(/ },
  {
    // The compiler lowers syntax (`using`) for the build and brings no objects along.
    name: "uses what Node 22 lacks",
    place: "",
    pattern:
      /\b(?:Async)?DisposableStack\b|\bPromise\.try\b|\bRegExp\.escape\b|\bError\.isError\b|\bnew URLPattern\b|\bSuppressedError\b/,
  },
];

export const MAX_LINES = 300;
/** Read by looking up, not from the top. */
export const MAY_BE_LONG = /\.(?:generated|table)\.ts$/;

/** Names that say nothing about what is inside. */
export const EMPTY_NAMES =
  /(?:^|[-/])(?:utils?|helpers?|common|manager|service)(?:[-.]|$)|(?:^|\/)(?:base|impl|data|info|misc|types)\.ts$/;
