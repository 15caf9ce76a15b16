/**
 * Runs in a sandbox without a network, in the place of a program: makes ports of its loopback that lead to sockets which
 * the sandbox shows, then starts the program with this one's input and output, and ends as it ends. Loads nothing of ours.
 */
import { spawn } from "node:child_process";
import { connect, createServer } from "node:net";
import { constants } from "node:os";

interface Ways {
  readonly folder: string;
  readonly listening: readonly { readonly port: number; readonly socket: string }[];
}

const [, , waysJson = "", command = "", ...args] = process.argv;
const ways = JSON.parse(waysJson) as Ways; // Written by `fenced-network.ts`.
const cwd = process.cwd();
// From here their names are short enough for sockets.
process.chdir(ways.folder);

await Promise.all(
  ways.listening.map(({ port, socket }) => {
    // Whoever has said all it has to say still gets its answer.
    const allowHalfOpen = true;
    const server = createServer({ allowHalfOpen }, (client) => {
      const way = connect({ path: `./${socket}`, allowHalfOpen });
      client.pipe(way);
      way.pipe(client);
      // What has come from the other side is still read by who reads slowly; what broke off here is over there, too.
      client.on("error", () => way.destroy()).on("close", () => way.destroySoon());
      way.on("error", () => client.destroySoon()).on("close", () => client.destroySoon());
    });
    const bound = Promise.withResolvers<void>();
    server.once("error", bound.reject);
    server.listen(port, "127.0.0.1", bound.resolve);
    return bound.promise;
  }),
);

const program = spawn(command, args, { cwd, stdio: "inherit" });
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => program.kill(signal));
program.once("error", (cause) => {
  process.stderr.write(`Cannot start "${command}": ${cause.message}\n`);
  process.exit(127);
});
program.once("exit", (code, signal) => {
  process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
});
