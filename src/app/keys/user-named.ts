/**
 * Whose a key is. Keys of several people in one workspace are several users, or nobody could be told who holds a file (R5).
 * A user is made by the first key that names them.
 */
import type { UserId } from "../../core/ids.ts";
import { parseId } from "../../core/ids.ts";
import { accept } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { checkName } from "../records/check-name.ts";
import { findOrCreate } from "../records/first-agent.ts";
import type { Kinds } from "../records/kinds.ts";
import type { Writer } from "../records/resource.ts";

export type UserNamed = (writer: Writer, name: unknown) => Promise<Outcome<UserId>>;

export function makeUserNamed({ user }: Pick<Kinds, "user">): UserNamed {
  return async (writer, name) => {
    const tidy = checkName(name);
    if (!tidy.ok) return tidy;
    const made = await findOrCreate(user, writer, { name: tidy.value, body: { display_name: tidy.value } });
    const id = parseId("user", made.id);
    if (id === undefined) throw new Error(`The record "${made.id}" is no user`);
    return accept(id);
  };
}
