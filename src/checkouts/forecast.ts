/** Which branches will not go together (C5): each against its base, and each against each, merged in memory only. */
import type { Checkout, Forecast } from "../core/ports/checkouts.ts";
import { branchCommit, commitOf, mergeTrees } from "./plumbing.ts";

interface Tip {
  readonly branch: string;
  readonly base: string | null;
  readonly commit: string;
}

export async function forecastConflicts(checkouts: readonly Checkout[]): Promise<readonly Forecast[]> {
  const [first] = checkouts;
  if (first === undefined) return [];
  const folder = first.repository;
  const tips = (await Promise.all(checkouts.map(tipOf))).filter((tip) => tip !== null);
  const forecasts: Forecast[] = [];
  for (const [index, tip] of tips.entries()) {
    const baseCommit = tip.base === null ? null : await branchCommit(folder, tip.base);
    const base = tip.base === null || baseCommit === null ? [] : [{ branch: tip.base, commit: baseCommit }];
    for (const other of [...base, ...tips.slice(index + 1)]) {
      const conflicts = await conflictsOf(folder, tip.commit, other.commit);
      if (conflicts.length > 0) forecasts.push({ branch: tip.branch, other: other.branch, conflicts });
    }
  }
  return forecasts;
}

async function tipOf({ path, branch, base }: Checkout): Promise<Tip | null> {
  const commit = await commitOf(path, "HEAD").catch(() => null);
  return commit === null ? null : { branch, base, commit };
}

async function conflictsOf(folder: string, one: string, other: string): Promise<readonly string[]> {
  if (one === other) return [];
  const merged = await mergeTrees(folder, one, other);
  return merged.kind === "clean" ? [] : merged.paths;
}
