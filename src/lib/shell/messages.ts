/** What the shell's thread is given, what it asks for while it runs, and what it gives back. All of it survives a clone. */

export type ShellFile = {
  /** Absolute, as a `VirtualPath`. */
  readonly path: string;
  readonly isDirectory: boolean;
  readonly isReadonly: boolean;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
};

export type ShellInput = {
  readonly command: string;
  readonly cwd: string;
  readonly files: readonly ShellFile[];
  readonly hasNetwork: boolean;
  /** Variables that the command begins with. */
  readonly env?: Readonly<Record<string, string>>;
  /** Taken out of what it prints, before anything of that is cut. */
  readonly hidden?: readonly string[];
  /** Of each stream, as JSON text; what is more is cut out of the middle. */
  readonly shownBytes: { readonly stdout: number; readonly stderr: number };
};

export type ShellQuestion =
  | { readonly kind: "read"; readonly path: string }
  | { readonly kind: "fetch"; readonly request: ShellRequest };

/** A file that is one on this machine is opened by the thread itself. */
export type ReadAnswer = { readonly file: string } | { readonly bytes: Uint8Array };

export type ShellRequest = {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly maxRedirects: number;
  readonly timeoutMs: number | null;
};

export type FetchAnswer =
  | { readonly kind: "refused"; readonly detail: string }
  | {
      readonly kind: "fetched";
      readonly url: string;
      readonly status: number;
      readonly statusText: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Uint8Array;
    };

/** Where something was left out, `head` ends and `tail` begins with a whole line, if lines are not too long for that. */
export type ShownOutput = { readonly head: string; readonly omittedChars: number; readonly tail: string };

export type ShellChange =
  /** A file, or a directory with everything below it. */
  | { readonly kind: "remove"; readonly path: string }
  | { readonly kind: "make_directory"; readonly path: string }
  | { readonly kind: "write"; readonly path: string; readonly bytes: Uint8Array }
  /** `from` as it was before the command. */
  | { readonly kind: "copy"; readonly path: string; readonly from: string };

export type ShellResult =
  | { readonly kind: "refused"; readonly detail: string }
  | {
      readonly kind: "ran";
      readonly exitCode: number;
      readonly stdout: ShownOutput;
      readonly stderr: ShownOutput;
      /** Removals first, then directories from the top, then files; each path once, but for what replaces a removed one. */
      readonly changes: readonly ShellChange[];
    };
