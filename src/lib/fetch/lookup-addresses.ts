/** What the machine's own resolver says: its `hosts` file and name service, as for every other program. */
import { lookup } from "node:dns/promises";
import type { LookupAddresses } from "./reach.ts";

export const lookupAddresses: LookupAddresses = async (hostname) =>
  (await lookup(hostname, { all: true })).map(({ address }) => address);
