/** How the users of a workspace are called; who is not known is left out. */
import { getRecord } from "../records/get-record.ts";
import type { Kinds } from "../records/kinds.ts";
import type { Reader } from "../records/resource.ts";

export async function readUserNames(
  { kinds }: { readonly kinds: Pick<Kinds, "user"> },
  reader: Reader,
  ids: readonly (string | null)[],
): Promise<ReadonlyMap<string, string>> {
  const wanted = [...new Set(ids)].filter((id) => id !== null);
  const found = await Promise.all(wanted.map((id) => getRecord(kinds.user, reader, id)));
  return new Map(found.flatMap((user) => (user.ok ? [[user.value.id, user.value.body.display_name] as const] : [])));
}
