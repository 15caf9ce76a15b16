/** Decisions: what a team's agents should know. */
import type { Decision as WireDecision, DecisionList as WireDecisionList } from "../doors/native/schema/team.ts";
import type { Decision, DecisionList, EditDecision, RecordDecision } from "./team-shapes.ts";
import type { Transport } from "./transport.ts";

export interface ListDecisions {
  readonly limit?: number;
  readonly offset?: number;
  /** All of these words. */
  readonly q?: string;
  readonly file?: string;
  readonly tag?: string;
  readonly stale?: boolean;
}

export interface Decisions {
  /** Newest first, or with `q` the best first. */
  list(query?: ListDecisions): Promise<DecisionList>;
  /** Any of the words, the best first. */
  search(query: string, limit?: number): Promise<readonly Decision[]>;
  record(decision: RecordDecision): Promise<Decision>;
  get(decisionId: string): Promise<Decision>;
  edit(decisionId: string, change: EditDecision): Promise<Decision>;
  delete(decisionId: string): Promise<void>;
  /** It holds, whatever has become of its files. */
  reaffirm(decisionId: string): Promise<Decision>;
}

export function makeDecisions({ json, empty }: Transport): Decisions {
  const at = (id: string, more = "") => `/decisions/${encodeURIComponent(id)}${more}`;
  return {
    list: (query) => json<WireDecisionList>({ method: "GET", path: "/decisions", query: { ...query } }),
    async search(query, limit) {
      const body = { query, ...(limit === undefined ? {} : { limit }) };
      const path = "/decisions/search";
      return (await json<{ data: WireDecision[] }>({ method: "POST", path, json: body })).data;
    },
    record: (decision) => json<WireDecision>({ method: "POST", path: "/decisions", json: decision }),
    get: (id) => json<WireDecision>({ method: "GET", path: at(id) }),
    edit: (id, change) => json<WireDecision>({ method: "PATCH", path: at(id), json: change }),
    delete: (id) => empty({ method: "DELETE", path: at(id) }),
    reaffirm: (id) => json<WireDecision>({ method: "POST", path: at(id, "/reaffirm") }),
  };
}
