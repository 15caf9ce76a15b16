/**
 * An MCP server over stdio that misbehaves in the ways its argument names. Prints what it is asked only through the
 * protocol; `helper` is a process of its own in the same group.
 */
import { spawn } from "node:child_process";
import { McpServer } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";

const [mode = "good"] = process.argv.slice(2);

if (mode === "garbage") process.stdout.write('this is no message\n{"jsonrpc":"2.0"}\n[1,2\n\u0000\n');
if (mode === "deaf") {
  process.on("SIGTERM", () => undefined);
  setInterval(() => undefined, 1_000);
} else {
  process.stderr.write("x".repeat(300_000));
  const server = new McpServer({ name: "child", version: "1" });
  const helper = spawn(process.execPath, ["-e", "setInterval(()=>{},1000)"], { stdio: "ignore" });
  server.registerTool(
    "echo",
    { description: "Says it again", inputSchema: z.object({ text: z.string() }), annotations: { readOnlyHint: true } },
    ({ text }) => ({ content: [{ type: "text", text }] }),
  );
  server.registerTool("environment", {}, () => ({
    content: [{ type: "text", text: JSON.stringify({ ...process.env, pids: [process.pid, helper.pid] }) }],
  }));
  server.registerTool("die", {}, () => process.exit(3));
  server.registerTool("hang", {}, () => new Promise(() => undefined));
  server.registerTool("fail", {}, () => ({ isError: true, content: [{ type: "text", text: "it did not work" }] }));
  server.registerTool("grow", {}, () => {
    server.registerTool("grown", { annotations: { idempotentHint: true } }, () => ({ content: [] }));
    return { content: [{ type: "text", text: "grown" }] };
  });
  if (mode === "many") {
    for (let count = 0; count < 300; count++) server.registerTool(`tool_${count}`, {}, () => ({ content: [] }));
  }
  await server.connect(new StdioServerTransport());
}
