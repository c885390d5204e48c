// The providers of a world, and how their backups turn out.

import { FakeProvider, type FakeProviderOptions, type Plan } from "../support/fake_provider.ts";
import type { Dice, ProviderShape } from "./scenario.ts";
import type { SimClock } from "./sim_clock.ts";

/** Providers made to their shapes. */
export class ProviderPark {
  readonly byKey = new Map<string, FakeProvider>();
  /** Backups turn out well from here on. */
  well = false;
  readonly #shapes = new Map<string, ProviderShape>();
  /** Plans handed to a provider, by its key: one an effect. */
  readonly #plans = new Map<string, number>();

  constructor(shapes: readonly ProviderShape[], clock: SimClock, private readonly dice: Dice) {
    for (const shape of shapes) {
      this.#shapes.set(shape.key, shape);
      const options: FakeProviderOptions = { ...shape, sizeMb: shape.sizeMb ?? undefined, clock };
      // Whether jobs starve each other at a provider too small for them is not what healing proves.
      Object.defineProperties(options, {
        maxConcurrent: { get: () => this.well ? Infinity : shape.maxConcurrent },
        durationMs: { get: () => this.well ? shape.wellMs : shape.durationMs },
      });
      this.byKey.set(shape.key, new FakeProvider(options));
    }
  }

  /** How many calls of a provider may be under way. */
  maxConcurrent(key: string): number {
    return this.#shapes.get(key)!.maxConcurrent;
  }

  /** Says how the next backup of a provider turns out. */
  planBackup(provider: FakeProvider): void {
    const waiting = (this.#plans.get(provider.key) ?? 0) - provider.effects.length;
    if (waiting > 0) return;
    this.#plans.set(provider.key, provider.effects.length + 1);
    provider.plan(this.well ? {} : this.#drawPlan(provider));
  }

  #drawPlan(provider: FakeProvider): Plan {
    const shape = this.#shapes.get(provider.key)!;
    const used = provider.effects;
    const { dice } = this;
    if (dice.chance(shape.fails)) return { ends: "failed", message: "the disk is full" };
    if (dice.chance(shape.neverEnds)) return { ends: "never" };
    if (shape.small > 0 && shape.sizeMb !== null && dice.chance(shape.small)) return { sizeMb: 1 };
    if (dice.chance(shape.slow)) return { durationMs: 10 * shape.durationMs + 5_000 };
    if (used.length > 0 && dice.chance(shape.usedId)) return { id: dice.one(used).id };
    if (used.length > 0 && dice.chance(shape.sharedData)) return { dataId: dice.one(used).dataId };
    return {};
  }
}
