/** The example file is what its generator makes, and fit for the demo. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeSales } from "../../examples/make-sales.ts";

const csv = readFileSync(join(import.meta.dirname, "..", "..", "examples", "sales.csv"), "utf8");

describe("examples/sales.csv", () => {
  it("is what examples/make-sales.ts makes, byte for byte", () => {
    expect(makeSales() === csv).toBe(true);
  });

  it("has more than 10,000 lines, most of them clean and some not", () => {
    const [header, ...rows] = csv.trimEnd().split("\n");
    const clean =
      /^S-\d{6},\d{4}-\d\d-\d\d,[A-Z][a-z]+,(?:"[^"]+"|[^",]+),(?:web|store|partner),\d+\.\d\d,\d+,\d+\.\d\d,\d+%$/;
    expect(header).toBe("order_id,date,region,product,channel,revenue,units,unit_price,discount");
    expect(rows.length).toBeGreaterThan(10_000);
    const flaws = rows.filter((row) => !clean.test(row)).length;
    expect(flaws).toBeGreaterThan(40);
    expect(flaws).toBeLessThan(rows.length / 50);
  });
});
