/**
 * Where a provider is reached: the form its address is kept in, and who may point it where.
 *
 * Invariant: nobody but an owner makes the server talk to an address that only means something on its own machine or
 * network (the cloud's metadata service, a database's port). Owners do so on purpose: their own Ollama.
 */
import type { ProviderType } from "../../core/ports/model.ts";
import { accept, refuse } from "../../core/refusal.ts";
import type { Outcome } from "../../core/refusal.ts";
import { bareHost, isPrivateAddress, isPrivateHost } from "../../lib/private-address.ts";
import type { Writer } from "./resource.ts";

/** Every address a name stands for; empty or a rejection when it stands for none. */
export type LookupAddresses = (hostname: string) => Promise<readonly string[]>;

const MAX_LENGTH = 2_000;

/** As the AI SDK takes it (ruling 17): no slash at its end; one without a path gets the vendor's usual one. */
export function tidyBaseUrl(text: string, type: ProviderType): Outcome<string> {
  const url = text.length > MAX_LENGTH ? null : URL.parse(text);
  if (url === null) return invalidUrl("must be an absolute URL, such as https://api.example.com/v1");
  if (url.protocol !== "https:" && url.protocol !== "http:") return invalidUrl("must begin with https: or http:");
  if (url.username !== "" || url.password !== "") return invalidUrl("must not hold a user name or a password");
  if (url.search !== "" || url.hash !== "") return invalidUrl("must not have a query or a fragment");
  const path = url.pathname.replace(/\/+$/, "");
  return accept(`${url.origin}${path === "" ? usualPathOf(type) : path}`);
}

/** Gemini's own API begins one word later than the others'. */
function usualPathOf(type: ProviderType): string {
  return type === "gemini" ? "/v1beta" : "/v1";
}

export async function checkReach(writer: Writer, baseUrl: string, lookup: LookupAddresses): Promise<Outcome<null>> {
  if (writer.role === "owner") return accept(null);
  const { hostname } = new URL(baseUrl);
  if (isPrivateHost(hostname)) return privateUrl();
  const addresses = await lookup(bareHost(hostname)).catch(() => []);
  if (addresses.length === 0) return invalidUrl(`names the host "${hostname}", which has no address`);
  return addresses.some(isPrivateAddress) ? privateUrl() : accept(null);
}

function privateUrl() {
  return refuse({ code: "forbidden", reason: "only an owner may point a provider at a private address" });
}

function invalidUrl(reason: string) {
  return refuse({ code: "invalid_input", path: "/base_url", reason });
}
