/**
 * The session's secrets as variables of a command. Without anything further a variable holds a placeholder, which `curl`
 * fills in as its request leaves: a command cannot print, hide or keep what it never had.
 *
 * Invariant: a command that has values has no network, and none of them is in what it prints.
 */
import type { SecretUse } from "../../core/ports/tools.ts";
import { placeholderOf } from "../secret-placeholders.ts";

export interface ShellSecrets {
  readonly env: Readonly<Record<string, string>>;
  /** To be taken out of the output. */
  readonly hidden: readonly string[];
}

/** They mean something to the shell itself. */
const NOT_SECRETS: ReadonlySet<string> = new Set(
  "PATH HOME PWD OLDPWD IFS SHELL USER LOGNAME HOSTNAME TERM LANG LC_ALL TMPDIR SHELLOPTS BASHOPTS BASH_ENV ENV".split(
    " ",
  ),
);

export async function secretsFor(secrets: SecretUse, hasValues: boolean): Promise<ShellSecrets> {
  if (!hasValues) {
    const names = (await secrets.list()).map(({ name }) => name).filter(isVariable);
    return { env: Object.fromEntries(names.map((name) => [name, placeholderOf(name)])), hidden: [] };
  }
  const opened = (await secrets.open()).filter(({ name }) => isVariable(name));
  const env = Object.fromEntries(opened.map(({ name, value }) => [name, value]));
  return { env, hidden: Object.values(env) };
}

function isVariable(name: string): boolean {
  return !NOT_SECRETS.has(name);
}
