/*
 * Runs the command line: from the sources in a checkout, else from the build. Only ever loaded by a Node that is new enough.
 */
"use strict";

const { existsSync } = require("node:fs");
const { enableCompileCache } = require("node:module");
const { homedir } = require("node:os");
const { join } = require("node:path");
const { pathToFileURL } = require("node:url");

const root = join(__dirname, "..");
const source = join(root, "src", "cli", "main.ts");
const build = join(root, "dist", "cli", "main.js");

/*
 * Compiled code is kept in the user's own cache: the default, a folder under the shared /tmp, could be made by someone
 * else first. NODE_COMPILE_CACHE says otherwise, NODE_DISABLE_COMPILE_CACHE says not at all.
 */
function keepCompiledCode() {
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  if (process.env.NODE_COMPILE_CACHE === undefined) enableCompileCache(join(caches, "serai", "compiled"));
  else enableCompileCache();
}

module.exports = async function launch() {
  // Was for this start only; a Serai started further down decides for itself.
  delete process.env.SERAI_STARTED_BY;
  keepCompiledCode();
  // The sources first: a build beside them may be of yesterday.
  const entry = existsSync(source) ? source : build;
  const { main } = await import(pathToFileURL(entry).href);
  process.exitCode = await main(process.argv.slice(2));
};
