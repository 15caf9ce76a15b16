/**
 * The typed client of Serai's native door. Needs `fetch` and web streams and nothing else, so it runs in Node 22 and in
 * browsers alike. Remembers one thing: how far it has seen each session's log (see `Events.stream`).
 *
 *     const serai = new Serai({ baseUrl: "http://127.0.0.1:7080", apiKey });
 *     const session = await serai.sessions.create({ agentId });
 *     await serai.messages.create(session.id, "Hello");
 *     for await (const event of serai.events.stream(session.id)) {
 *       if (event.type === "output.message.delta") show(event.data.delta);
 *       if (event.type === "turn.completed") break;
 *     }
 */
import type { AgentProgramList as WireAgentPrograms } from "../doors/native/schema/agent-program.ts";
import type { Health as WireHealth, Limits as WireLimits } from "../doors/native/schema/server.ts";
import { makeAgents, makeCapabilities, makeHarnesses } from "./agents.ts";
import type { Agents, Capabilities, Harnesses } from "./agents.ts";
import { makeApprovals, makeToolResults } from "./approvals.ts";
import type { Approvals, ToolResults } from "./approvals.ts";
import { defaultStreamSettings } from "./event-stream.ts";
import type { StreamSettings } from "./event-stream.ts";
import { makeDecisions } from "./decisions.ts";
import type { Decisions } from "./decisions.ts";
import { makeEvents } from "./events.ts";
import type { Events } from "./events.ts";
import { makeFeed } from "./feed.ts";
import type { Feed } from "./feed.ts";
import { makeImages } from "./images.ts";
import type { Images } from "./images.ts";
import { makeKeys, readMe, readWorkspace } from "./keys.ts";
import type { Keys } from "./keys.ts";
import { makeMessageQueue, makeMessages } from "./messages.ts";
import type { MessageQueue, Messages } from "./messages.ts";
import { makeWork } from "./work.ts";
import type { Work } from "./work.ts";
import { makeProjects } from "./projects.ts";
import type { Projects } from "./projects.ts";
import { makeModels, makeProviders } from "./providers.ts";
import type { Models, Providers } from "./providers.ts";
import { makeReservations } from "./reservations.ts";
import type { Reservations } from "./reservations.ts";
import { SeenEvents } from "./seen-events.ts";
import { makeSessionFs } from "./session-fs.ts";
import type { SessionFs } from "./session-fs.ts";
import { makeSessions } from "./sessions.ts";
import type { Sessions } from "./sessions.ts";
import type { AgentProgramList, Health, Limits, Me, Workspace } from "./shapes.ts";
import { makeTeam } from "./team.ts";
import type { Team } from "./team.ts";
import { makeTransport } from "./transport.ts";
import type { Transport, TransportOptions } from "./transport.ts";

export interface SeraiOptions extends TransportOptions {
  /** How streams reconnect; the defaults are meant for people who wait. */
  readonly streams?: Partial<StreamSettings>;
}

export class Serai {
  readonly sessions: Sessions;
  readonly messages: Messages;
  readonly queue: MessageQueue;
  readonly events: Events;
  readonly sessionFs: SessionFs;
  readonly images: Images;
  readonly approvals: Approvals;
  readonly toolResults: ToolResults;
  readonly agents: Agents;
  readonly harnesses: Harnesses;
  readonly capabilities: Capabilities;
  readonly providers: Providers;
  readonly models: Models;
  readonly keys: Keys;
  readonly team: Team;
  readonly reservations: Reservations;
  readonly decisions: Decisions;
  readonly feed: Feed;
  readonly projects: Projects;
  readonly work: Work;
  readonly #transport: Transport;

  constructor(options: SeraiOptions) {
    const transport = makeTransport(options);
    const seen = new SeenEvents();
    const settings = { ...defaultStreamSettings, ...options.streams };
    this.#transport = transport;
    this.sessions = makeSessions(transport);
    this.messages = makeMessages(transport, seen);
    this.queue = makeMessageQueue(transport);
    this.events = makeEvents({ transport, seen, settings, random: Math.random });
    this.sessionFs = makeSessionFs(transport);
    this.images = makeImages(transport);
    this.approvals = makeApprovals(transport);
    this.toolResults = makeToolResults(transport);
    this.agents = makeAgents(transport);
    this.harnesses = makeHarnesses(transport);
    this.capabilities = makeCapabilities(transport);
    this.providers = makeProviders(transport);
    this.models = makeModels(transport);
    this.keys = makeKeys(transport);
    this.team = makeTeam(transport);
    this.reservations = makeReservations(transport);
    this.decisions = makeDecisions(transport);
    this.feed = makeFeed({ transport, settings, random: Math.random });
    this.projects = makeProjects(transport);
    this.work = makeWork(transport);
  }

  get baseUrl(): string {
    return this.#transport.baseUrl;
  }

  /** Whether the server is there; asks no key. */
  health(): Promise<Health> {
    return this.#transport.json<WireHealth>({ method: "GET", path: "/health" });
  }

  limits(): Promise<Limits> {
    return this.#transport.json<WireLimits>({ method: "GET", path: "/limits" });
  }

  /** The agents that are programs of their own: which of them are installed where the server runs. */
  agentPrograms(): Promise<AgentProgramList> {
    return this.#transport.json<WireAgentPrograms>({ method: "GET", path: "/agent-programs" });
  }

  /** The workspace that this key belongs to. */
  workspace(): Promise<Workspace> {
    return readWorkspace(this.#transport);
  }

  /** Whose key this is, and what it may do. */
  me(): Promise<Me> {
    return readMe(this.#transport);
  }
}
