/** Numbers as people read them. */

export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

export function formatMs(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
}

/** Small sums keep the digits that say something. */
export function formatUsd(usd: number): string {
  return `$${usd >= 1 || usd === 0 ? usd.toFixed(2) : usd.toFixed(4)}`;
}

const BYTE_UNITS = ["B", "kB", "MB", "GB"] as const;

export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1_000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${BYTE_UNITS[power] ?? "B"}`;
}

const AGES: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
];

export function formatAge(iso: string, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - Date.parse(iso)) / 1_000));
  const [size, unit] = AGES.find(([least]) => seconds >= least) ?? [1, "s"];
  return seconds === 0 ? "now" : `${Math.floor(seconds / size)} ${unit} ago`;
}

export function minutesLeft(iso: string, nowMs: number): number {
  return Math.max(1, Math.ceil((Date.parse(iso) - nowMs) / 60_000));
}
