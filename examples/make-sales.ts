/**
 * Makes `sales.csv`: two years of orders of an invented outdoor shop, with the flaws that real exports have.
 *
 *     node examples/make-sales.ts
 *
 * Deterministic: the same file, byte for byte, on every machine. Sums are in cents and chance comes from one seed.
 */
import { writeFileSync } from "node:fs";

const ROWS = 12_000;
const SEED = 20_240_115;
const FIRST_DAY = Date.UTC(2024, 0, 1);
const DAYS = 731;
const DAY_MS = 86_400_000;

const HEADER = "order_id,date,region,product,channel,revenue,units,unit_price,discount";

/** [name, share of the orders] */
const REGIONS = [
  ["North", 26],
  ["South", 22],
  ["East", 17],
  ["West", 24],
  ["Overseas", 11],
] as const;

const CHANNELS = [
  ["web", 55],
  ["store", 30],
  ["partner", 15],
] as const;

interface Product {
  readonly name: string;
  readonly cents: number;
  readonly weight: number;
  /** How much more of it is sold in winter (1) or in summer (-1). */
  readonly winter: number;
}

const PRODUCTS: readonly Product[] = [
  { name: "Trail Boots", cents: 12_900, weight: 14, winter: 0.2 },
  { name: "Rain Jacket", cents: 15_900, weight: 10, winter: 0.3 },
  { name: "Down Parka", cents: 28_900, weight: 6, winter: 0.9 },
  { name: "Day Pack 20 l", cents: 6_900, weight: 15, winter: -0.3 },
  { name: "Trekking Poles, pair", cents: 5_490, weight: 9, winter: -0.1 },
  { name: "Tent 2P", cents: 24_900, weight: 5, winter: -0.8 },
  { name: "Sleeping Bag", cents: 13_900, weight: 7, winter: -0.4 },
  { name: "Camp Stove", cents: 4_990, weight: 8, winter: -0.5 },
  { name: "Wool Socks", cents: 1_890, weight: 18, winter: 0.6 },
  { name: "Head Torch", cents: 3_990, weight: 8, winter: 0.4 },
];

type Random = () => number;

/** mulberry32: small, well spread, and the same everywhere. */
function makeRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function pick<Item>(items: readonly Item[], weightOf: (item: Item) => number, random: Random): Item {
  const total = items.reduce((sum, item) => sum + weightOf(item), 0);
  let left = random() * total;
  const found = items.find((item) => (left -= weightOf(item)) < 0) ?? items[0];
  if (found === undefined) throw new Error("Cannot pick from nothing");
  return found;
}

/** 1 at New Year, -1 in the middle of the year; a triangle, because cosines differ in their last digits. */
function winterOf(day: number): number {
  const inYear = (day % 365.5) / 365.5;
  return 4 * Math.abs(inYear - 0.5) - 1;
}

/** Orders grow by this share over the time. */
const GROWTH = 0.6;

/** When this share of all orders has come in; the way back from t + GROWTH·t²/2. */
function partOfTime(share: number): number {
  return (Math.sqrt(1 + 2 * GROWTH * (1 + GROWTH / 2) * share) - 1) / GROWTH;
}

interface Order {
  readonly id: string;
  readonly date: string;
  readonly region: string;
  readonly product: string;
  readonly channel: string;
  readonly cents: number;
  readonly units: number;
  readonly unitCents: number;
  readonly discount: number;
}

function makeOrder(at: number, random: Random): Order {
  const within = Math.min(DAYS - 1, Math.floor(DAYS * partOfTime((at + random()) / ROWS)));
  const winter = winterOf(within);
  const product = pick(PRODUCTS, ({ weight, winter: taste }) => weight * (1 + taste * winter), random);
  const [channel] = pick(CHANNELS, ([, share]) => share, random);
  const [region] = pick(REGIONS, ([, share]) => share, random);
  const size = random();
  const units = 1 + Math.floor(size * size * size * (channel === "partner" ? 24 : 5));
  const discount = pick([0, 5, 10, 15, 25], (percent) => (percent === 0 ? 70 : 100 / (percent + 5)), random);
  const id = `S-${String(100_001 + at)}`;
  const date = new Date(FIRST_DAY + within * DAY_MS).toISOString().slice(0, 10);
  const cents = Math.round((units * product.cents * (100 - discount)) / 100);
  return { id, date, region, product: product.name, channel, cents, units, unitCents: product.cents, discount };
}

function money(cents: number): string {
  const sign = cents < 0 ? "-" : "";
  const whole = Math.abs(cents);
  return `${sign}${Math.floor(whole / 100)}.${String(whole % 100).padStart(2, "0")}`;
}

function cell(text: string): string {
  return text.includes(",") ? `"${text}"` : text;
}

function cellsOf({ id, date, region, product, channel, cents, units, unitCents, discount }: Order): string[] {
  return [id, date, region, cell(product), channel, money(cents), String(units), money(unitCents), `${discount}%`];
}

/** What people and machines do to an export, each rare. */
const FLAWS: readonly ((order: Order, cells: string[]) => string[])[] = [
  // A return.
  (order) => cellsOf({ ...order, cents: -order.cents, units: -order.units }),
  // Typed by hand.
  (order, cells) => cells.with(2, ` ${order.region.toLowerCase()}`),
  // Another country's date.
  (order, cells) => cells.with(1, order.date.split("-").toReversed().join("/")),
  // Not filled in.
  (_, cells) => cells.with(5, "").with(6, ""),
  (_, cells) => cells.with(5, "n/a"),
  (_, cells) => cells.with(2, ""),
];

export function makeSales(): string {
  const random = makeRandom(SEED);
  const lines = [HEADER];
  for (let at = 0; at < ROWS; at++) {
    const order = makeOrder(at, random);
    const flaw = random() < 0.008 ? FLAWS[Math.floor(random() * FLAWS.length)] : undefined;
    const cells = cellsOf(order);
    const line = (flaw === undefined ? cells : flaw(order, cells)).join(",");
    lines.push(line);
    // Sent twice.
    if (random() < 0.001) lines.push(line);
  }
  return `${lines.join("\n")}\n`;
}

if (import.meta.main) writeFileSync(new URL("sales.csv", import.meta.url), makeSales());
