/** The proxy as a program meets it, over a real socket, with rules as sessions have them and a resolver that says what a test wants. */
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { allowsHost, ruleOfAddress } from "../../../src/core/network-rules.ts";
import type { NetworkRules } from "../../../src/core/network-rules.ts";
import { makeProxy } from "../../../src/lib/fenced-network/proxy.ts";
import type { LookupAddresses } from "../../../src/lib/fetch/reach.ts";
import { Closers } from "../../../src/lib/closers.ts";

export interface ProxyWorldOptions {
  readonly rules: readonly NetworkRules[];
  /** What each name leads to. A name that is asked for again gets the next answer, and the last one from then on. */
  readonly names?: Readonly<Record<string, readonly (readonly string[])[]>>;
  /** In the place of `names`. */
  readonly lookup?: LookupAddresses;
  readonly own?: readonly string[];
  readonly machineAddresses?: readonly string[];
}

export interface ProxyWorld extends AsyncDisposable {
  /** Names that were looked up, in order. */
  readonly asked: readonly string[];
  readonly refused: readonly string[];
  connect(): Promise<Socket>;
  /** Sends it as it is, and gives what comes back until the other side closes. */
  say(text: string): Promise<string>;
  get(url: string): Promise<string>;
  tunnel(authority: string): Promise<string>;
  /** Connections of clients that the proxy holds. */
  held(): Promise<number>;
}

export async function openProxyWorld(options: ProxyWorldOptions): Promise<ProxyWorld> {
  const { rules, names = {}, machineAddresses = [] } = options;
  const asked: string[] = [];
  const refused: string[] = [];
  const proxy = makeProxy({
    ...(options.own === undefined ? {} : { own: options.own }),
    isAllowed: (hostname) => allowsHost(rules, hostname),
    ruleOfAddress: (lead) => ruleOfAddress(rules, lead),
    onRefused: (hostname) => refused.push(hostname),
    machineAddresses: () => machineAddresses,
    lookup: async (hostname) => {
      const answers = names[hostname];
      const turn = asked.filter((name) => name === hostname).length;
      asked.push(hostname);
      if (options.lookup !== undefined) return options.lookup(hostname);
      if (answers === undefined) throw Object.assign(new Error("Not found"), { code: "ENOTFOUND" });
      return answers[Math.min(turn, answers.length - 1)] ?? [];
    },
  });
  const port = await listen(proxy);
  const open = async () => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    await new Promise((resolve) => void socket.once("connect", resolve));
    return socket;
  };
  const say = async (text: string) => {
    const socket = await open();
    socket.write(text, "latin1");
    return await allOf(socket);
  };
  return {
    asked,
    refused,
    connect: open,
    say,
    get: (url) => say(`GET ${url} HTTP/1.1\r\nHost: as.the.client.says\r\nConnection: close\r\n\r\n`),
    tunnel: (authority) => say(`CONNECT ${authority} HTTP/1.1\r\n\r\nGET / HTTP/1.0\r\n\r\n`),
    held: () => new Promise((resolve) => void proxy.getConnections((_, count) => resolve(count))),
    async [Symbol.asyncDispose]() {
      proxy.closeAllConnections();
      await new Promise((resolve) => void proxy.close(resolve));
    },
  };
}

export interface Host extends AsyncDisposable {
  readonly port: number;
  /** What it was told, over all connections. */
  readonly heard: () => string;
  /** Connections that nobody has ended from the other side. */
  readonly held: () => number;
}

/** A host of this machine, which treats each connection as the test wants. */
export async function openHost(treat: (socket: Socket) => void, address = "127.0.0.2"): Promise<Host> {
  const closers = new Closers();
  const held = new Set<Socket>();
  let heard = "";
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    closers.defer(() => void socket.destroy());
    held.add(socket);
    const forget = () => held.delete(socket);
    socket
      .on("error", () => socket.destroy())
      .once("end", forget)
      .once("close", forget);
    socket.on("data", (chunk) => {
      heard += chunk.toString("latin1");
    });
    treat(socket);
  });
  const port = await listen(server, address);
  closers.defer(() => new Promise((resolve) => void server.close(() => resolve())));
  return {
    port,
    heard: () => heard,
    held: () => held.size,
    // In reverse: connections first.
    [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
  };
}

/** Says the same to whatever it is asked, and closes. */
export function answering(text: string): (socket: Socket) => void {
  return (socket) => socket.once("data", () => socket.end(text, "latin1"));
}

export async function allOf(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
  });
  await new Promise((resolve) => socket.once("end", resolve).once("close", resolve).on("error", resolve));
  socket.destroy();
  return text;
}

/** Until the text has come; what came until then. */
export async function until(socket: Socket, wanted: string): Promise<string> {
  let text = "";
  await new Promise<void>((resolve, reject) => {
    const take = (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (!text.includes(wanted)) return;
      socket.off("data", take);
      resolve();
    };
    socket.on("data", take).once("close", () => reject(new Error(`Closed after ${JSON.stringify(text)}`)));
  });
  return text;
}

async function listen(server: Server, address = "127.0.0.1"): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, address, resolve));
  return (server.address() as AddressInfo).port;
}
