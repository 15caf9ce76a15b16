/** The words of a message: the argument, or what is piped in when it is `-` or absent. */
import { UsageFault } from "./faults.ts";
import type { Shell } from "./shell.ts";

export async function readMessage(text: string | undefined, { readInput }: Pick<Shell, "readInput">): Promise<string> {
  const words = text === undefined || text === "-" ? await readInput() : text;
  if (words !== null && words.trim() !== "") return words;
  throw new UsageFault('There is no message; give one as in serai run "Hello", or pipe one in');
}
