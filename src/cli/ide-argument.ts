/** The argument that names an agent. */
import { Argument } from "commander";
import { IDES } from "../install/ides.ts";
import type { Ide } from "../install/ides.ts";
import { UsageFault } from "./faults.ts";
import type { Invocation } from "./invocation.ts";

export function ideArgument(): Argument {
  return new Argument("<ide>", "which agent").choices(IDES);
}

/** Commander has seen that it is one of them. */
export function ideOf({ args }: Pick<Invocation, "args">): Ide {
  const found = IDES.find((ide) => ide === args[0]);
  if (found === undefined) throw new UsageFault(`There are hooks for ${IDES.join(", ")}`);
  return found;
}
