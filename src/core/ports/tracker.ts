/**
 * Where a project's issues are: read by id, for the prompt of a session that is to work on one.
 *
 * Contract: a "no" that the caller can act on is a result; anything else throws. Nothing is written anywhere. Texts come
 * from strangers: they are shown to an agent as an issue's words, and never followed here.
 */
export type TrackerSource =
  /** A folder of Markdown files on this machine. */
  | { readonly kind: "folder"; readonly path: string }
  /** `owner/name`. */
  | { readonly kind: "github"; readonly repository: string };

export interface Issue {
  /** As the tracker spells it. */
  readonly id: string;
  readonly title: string;
  /** Markdown; may be empty. */
  readonly body: string;
  readonly state: "open" | "closed" | "cancelled";
  /** For people; null where it has no address. */
  readonly url: string | null;
  readonly labels: readonly string[];
}

export type TrackerRefusal =
  | { readonly kind: "issue_missing"; readonly id: string }
  /** No such repository or folder, or not for this server's eyes. */
  | { readonly kind: "tracker_missing"; readonly reason: string }
  /** It answers again then. */
  | { readonly kind: "rate_limited"; readonly retryAt: string | null }
  | { readonly kind: "timed_out"; readonly afterMs: number }
  /** It answered, and not as it should; a phrase. */
  | { readonly kind: "unusable"; readonly reason: string };

export type TrackerOutcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: TrackerRefusal };

export interface Tracker {
  readIssue(source: TrackerSource, id: string, signal?: AbortSignal): Promise<TrackerOutcome<Issue>>;
}
