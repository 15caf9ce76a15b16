/** All commands but `serve`, in the order in which the help shows them. Loaded by who may want one of them. */
import type { Command } from "commander";
import { addAgents } from "./agents.ts";
import { addApprovals } from "./approvals.ts";
import { addDecide } from "./decide.ts";
import { addDoctor } from "./doctor.ts";
import { addFeed } from "./feed.ts";
import { addFiles } from "./files.ts";
import { addGuard } from "./guard.ts";
import { addHooks } from "./hooks.ts";
import { addKeys } from "./keys.ts";
import { addMcp } from "./mcp.ts";
import { addProjects } from "./projects.ts";
import { addModels, addProviders } from "./providers.ts";
import { addReserve } from "./reserve.ts";
import { addRun } from "./run.ts";
import { addSend } from "./send.ts";
import { addSessions } from "./sessions.ts";
import { addWho } from "./who.ts";
import { addWork } from "./work.ts";
import type { CommandSite } from "./invocation.ts";

export function addCommands(program: Command, site: CommandSite): void {
  addRun(program, site);
  addSessions(program, site);
  addSend(program, site);
  addWork(program, site);
  addApprovals(program, site);
  addWho(program, site);
  addReserve(program, site);
  addDecide(program, site);
  addFeed(program, site);
  addFiles(program, site);
  addProjects(program, site);
  addAgents(program, site);
  addProviders(program, site);
  addModels(program, site);
  addKeys(program, site);
  addHooks(program, site);
  addGuard(program, site);
  addMcp(program, site);
  addDoctor(program, site);
}
