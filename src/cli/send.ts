/** `serai send`: a message to a session that is there. */
import type { Command } from "commander";
import { Option } from "commander";
import type { NewMessage } from "../client/shapes.ts";
import { carryOut, exitCodeOf, summaryOf } from "./carry-out.ts";
import { EXIT_OK } from "./faults.ts";
import { act, argument } from "./invocation.ts";
import type { CommandSite, Invocation } from "./invocation.ts";
import { findSession } from "./lookup.ts";
import { readMessage } from "./message-text.ts";

interface SendFlags {
  readonly queue?: boolean;
  readonly steer?: boolean;
  readonly wait?: boolean;
}

const EXAMPLES = `
Examples:
  $ serai send last "Summarize the resolution" --wait
  $ serai send last "Use the second sheet instead" --steer
  $ serai send last "Then write the tests" --queue
`;

export function addSend(program: Command, site: CommandSite): void {
  const command = program
    .command("send")
    .description("Send a message to a session")
    .argument("<session>", "its id, or last")
    .argument("[message]", '"-" or nothing reads it from standard input')
    .option("--queue", "while a turn is running: wait for its end")
    .addOption(new Option("--steer", "while a turn is running: tell it now").conflicts("queue"))
    .option("-w, --wait", "show the turn and wait for its end")
    .addHelpText("after", EXAMPLES);
  act<SendFlags>(command, site, send);
}

function whenBusyOf({ queue, steer }: SendFlags): Pick<NewMessage, "whenBusy"> {
  if (queue === true) return { whenBusy: "queue" };
  return steer === true ? { whenBusy: "steer" } : {};
}

async function send(call: Invocation<SendFlags>): Promise<number> {
  const { serai, flags, screen, shell, isJson } = call;
  const text = await readMessage(call.args[1], shell);
  const sessionId = await findSession(serai, argument(call, 0));
  const message: NewMessage = { content: [{ type: "text", text }], ...whenBusyOf(flags) };
  if (flags.wait === true) {
    const outcome = await carryOut(call, sessionId, message);
    screen.note(summaryOf(outcome, screen));
    return exitCodeOf(outcome);
  }
  const sent = await serai.messages.create(sessionId, message);
  call.show(sent, () => `${sent.id}\n`);
  if (!isJson)
    screen.note(screen.paintNote("dim", `  ${sent.delivery}; see it with  serai sessions watch ${sessionId}`));
  return EXIT_OK;
}
