/**
 * A proxy of HTTP that asks for each host whether it may be reached: `CONNECT host:port`, and requests of whole URLs. What
 * is no HTTP, or has longer headers than Node takes, is answered by Node.
 */
import { createServer } from "node:http";
import type { Server } from "node:http";
import { forward } from "./forward.ts";
import { tunnel } from "./tunnel.ts";
import type { ProxyRules } from "./way-out.ts";

export function makeProxy(rules: ProxyRules): Server {
  const server = createServer((request, response) => void forward(rules, { request, response }));
  // Whether to go on is the host's to say.
  server.on("checkContinue", (request, response) => void forward(rules, { request, response }));
  server.on("connect", (request, _, head) => void tunnel(rules, request, head));
  return server;
}
