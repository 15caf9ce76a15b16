/** The real agents whose hooks are tried. */
import { claude } from "./claude.ts";
import { codex } from "./codex.ts";
import { copilot } from "./copilot.ts";
import { gemini } from "./gemini.ts";
import { opencode } from "./opencode.ts";
import { pi } from "./pi.ts";
import type { RealAgent } from "./real-agent.ts";

export const agents: readonly RealAgent[] = [claude, codex, copilot, gemini, opencode, pi];
