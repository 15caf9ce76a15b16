/** The storage of a session for tests that keep nothing: whatever is used here fails. */
import type { ToolPorts } from "../../src/core/ports/tools.ts";

const notHere = () => Promise.reject(new Error("Nothing is kept here"));

export const noStorage: Pick<ToolPorts, "keyValue" | "secrets"> = {
  keyValue: { list: notHere, set: notHere, remove: notHere },
  secrets: { list: () => Promise.resolve([]), open: () => Promise.resolve([]) },
};
