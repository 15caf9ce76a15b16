/** C3: whatever is done with a checkout, in whatever order, nothing that was written in it is lost. */
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Checkout, CheckoutOutcome } from "../../src/core/ports/checkouts.ts";
import { git } from "../../src/lib/git.ts";
import { seed } from "../store/suite/setting.ts";
import { author, commitHere, never, openGround, put, take, value, wish } from "./repository.ts";
import type { Ground } from "./repository.ts";

type Step = "edit" | "commit" | "discard" | "restore" | "merge" | "remove" | "restart" | "main";
const steps = fc.array(
  fc.constantFrom<Step>("edit", "commit", "discard", "restore", "merge", "remove", "restart", "main"),
  { minLength: 1, maxLength: 12 },
);

/** Every text that was ever written in a tree is somewhere that git keeps: a branch, a snapshot, or the tree itself. */
class Life {
  readonly #ground: Ground;
  #checkouts: Ground["checkouts"];
  #checkout: Checkout | null = null;
  #lastSnapshot: string | null = null;
  readonly texts: string[] = [];

  constructor(ground: Ground) {
    this.#ground = ground;
    this.#checkouts = ground.checkouts;
  }

  async run(step: Step): Promise<void> {
    const checkout = (this.#checkout ??= value(
      await this.#checkouts.make(wish(this.#ground.repository, this.#ground.mint()), never),
    ));
    if (step === "edit") await this.#write(checkout.path);
    else if (step === "main") await this.#commitMain();
    else if (step === "commit") await this.#checkouts.commit(checkout, { message: "Step", author });
    else if (step === "merge") await this.#checkouts.merge(checkout, { strategy: "merge", message: "Merge the work" });
    else if (step === "restart") this.#checkouts = this.#ground.reopen();
    else if (step === "discard") this.#lastSnapshot = value(await this.#checkouts.discard(checkout)).snapshot;
    else if (step === "restore") await this.#restore(checkout);
    else this.#gone(await this.#checkouts.remove(checkout, this.texts.length % 2 === 0 ? "refuse" : "snapshot"));
  }

  async #write(folder: string): Promise<void> {
    const name = `file-${this.texts.length}.txt`;
    const text = `text of ${name}`;
    await put(folder, { [name]: text });
    this.texts.push(text);
  }

  async #commitMain(): Promise<void> {
    await this.#write(this.#ground.repository);
    await commitHere(this.#ground.repository, "Main");
  }

  async #restore(checkout: Checkout): Promise<void> {
    if (this.#lastSnapshot !== null) await this.#checkouts.restore(checkout, this.#lastSnapshot);
  }

  #gone(outcome: CheckoutOutcome<unknown>): void {
    if (!outcome.ok) return;
    this.#checkout = null;
    this.#lastSnapshot = null;
  }

  async isKept(text: string): Promise<boolean> {
    const hash = await this.#hashOf(text);
    const objects = await git(this.#ground.repository, "rev-list", "--objects", "--all");
    if (objects.includes(hash)) return true;
    const path = this.#checkout?.path;
    return path !== undefined && (await take(path, text.slice("text of ".length)).catch(() => "")) === text;
  }

  async #hashOf(text: string): Promise<string> {
    await put(this.#ground.folder, { "probe.txt": text });
    return (await git(this.#ground.repository, "hash-object", join(this.#ground.folder, "probe.txt"))).trim();
  }
}

test("C3: no work is lost over random lives of a checkout", async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      await using ground = await openGround();
      const life = new Life(ground);
      for (const step of all) {
        await life.run(step);
        for (const text of life.texts) expect(await life.isKept(text), `${text} after ${step}`).toBe(true);
      }
    }),
    { numRuns: process.env["CI"] === undefined ? 20 : 60, seed },
  );
}, 240_000);
