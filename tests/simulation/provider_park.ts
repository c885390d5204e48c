// The providers of a world, how their backups turn out, what lies there besides, and what their lists say of it.

import { ProviderError } from "../../src/domain/errors.ts";
import type { BackupInfo } from "../../src/ports/provider.ts";
import { type Effect, FakeProvider, type FakeProviderOptions, type Plan } from "../support/fake_provider.ts";
import { VERIFY_BEHAVIOURS, VerifyingProvider } from "../support/verifying_provider.ts";
import { Dice, type ProviderShape } from "./scenario.ts";
import type { SimClock } from "./sim_clock.ts";

/** What a list is instead of the truth. */
export type Lie = "empty" | "cut_off" | "lacks_oldest" | "unreadable";

const HOUR = 3_600_000;

/** So many answers to the end of a verification are lost in a row at most. */
const MOST_LOST_CANCELS = 4;

/** Providers made to their shapes. */
export class ProviderPark {
  readonly byKey = new Map<string, FakeProvider>();
  /** Backups turn out well from here on. */
  well = false;
  readonly #shapes = new Map<string, ProviderShape>();
  /** Plans handed to a provider, by its key: one an effect. */
  readonly #plans = new Map<string, number>();
  readonly #lies = new Map<string, Lie>();
  #strangers = 0;

  /**
   * `jobsAt`: the declared jobs that keep their backups at the provider of this key. `isOnRecord`: a row has this id of
   * the provider of this key. `rightNow`: the right time, UTC ms.
   */
  constructor(
    shapes: readonly ProviderShape[],
    clock: SimClock,
    private readonly dice: Dice,
    private readonly jobsAt: (key: string) => readonly string[],
    private readonly isOnRecord: (key: string, id: string) => boolean,
    rightNow: () => number,
  ) {
    for (const shape of shapes) {
      this.#shapes.set(shape.key, shape);
      const behave = this.#gatewayBefore(shape);
      const options: FakeProviderOptions = { ...shape, sizeMb: shape.sizeMb ?? undefined, clock, behave };
      if (shape.locks !== undefined) {
        const { ms, says } = shape.locks;
        Object.assign(options, { lockMs: () => ms, saysLocks: says, rightNow });
      }
      // Whether jobs starve each other at a provider too small for them is not what healing proves.
      Object.defineProperties(options, {
        maxConcurrent: { get: () => this.well ? Infinity : shape.maxConcurrent },
        // No more than one that is there for a few jobs can bear: starts and looks would take all its time, and the
        // deletions of ten jobs, at one in 17 calls, more than any checker waits.
        latencyMs: { get: () => this.well ? Math.min(shape.latencyMs, 700) : shape.latencyMs },
        durationMs: { get: () => this.well ? shape.wellMs : shape.durationMs },
        // Where one job is alone, a list need not say whose its items are.
        saysWhose: { get: () => this.jobsAt(shape.key).length > 1 },
      });
      this.byKey.set(
        shape.key,
        shape.verifies === undefined
          ? new FakeProvider(options)
          : this.#verifying(shape, shape.verifies, options),
      );
    }
  }

  /** One that finds damage, and now and then hangs, lies, is busy or loses an answer. */
  #verifying(
    { key }: ProviderShape,
    { damaged, rots, hangs }: NonNullable<ProviderShape["verifies"]>,
    options: FakeProviderOptions,
  ): VerifyingProvider {
    const dice = new Dice(key.charCodeAt(0) ^ 0x7e1f);
    const fates = new Map<string, number>();
    let failed = 0;
    return new VerifyingProvider(Object.assign(options, {
      verifyMs: 8_000,
      isDamaged: (id: string, ageMs: number) => {
        // From how old on it cannot be restored.
        if (!fates.has(id)) {
          fates.set(id, dice.chance(damaged) ? 0 : dice.chance(rots) ? dice.upTo(240_000) : Infinity);
        }
        return ageMs >= fates.get(id)!;
      },
      cancelFails: () => {
        failed = !this.well && failed < MOST_LOST_CANCELS && dice.chance(0.3) ? failed + 1 : 0;
        return failed > 0;
      },
      misbehave: () => {
        const behaviour = this.well || !dice.chance(0.3) ? undefined : dice.one(VERIFY_BEHAVIOURS);
        return behaviour === "hang" && !hangs ? undefined : behaviour;
      },
    }));
  }

  /** The program was killed: what its own providers were making is cut off. */
  cutOff(now: number): void {
    for (const [key, provider] of this.byKey) {
      if (!this.#shapes.get(key)!.cutsOff) continue;
      for (const effect of provider.running()) {
        Object.assign(effect, { ends: "failed", reason: "cut_off", endsAtMonotonic: now });
      }
    }
  }

  /** What a gateway before a provider makes of a start. */
  #gatewayBefore({ gateway = 0, key }: ProviderShape): FakeProviderOptions["behave"] {
    if (gateway === 0) return undefined;
    // Drawn apart, so that everything else happens as if there were none.
    const dice = new Dice(key.charCodeAt(0));
    return ({ op }) => {
      if (this.well || op !== "create" || !dice.chance(gateway)) return undefined;
      return dice.chance(0.2)
        ? { does: "lost_reply" }
        : { does: "gateway", effect: dice.chance(0.6), status: dice.one([503, 503, 429]) };
    };
  }

  /** How many calls of a provider may be under way. */
  maxConcurrent(key: string): number {
    const { callsAtOnce, maxConcurrent } = this.#shapes.get(key)!;
    return callsAtOnce ?? maxConcurrent;
  }

  /** Says how the next backup of a provider turns out. */
  planBackup(provider: FakeProvider): void {
    const made = ordered(provider).length;
    if ((this.#plans.get(provider.key) ?? 0) > made) return;
    this.#plans.set(provider.key, made + 1);
    provider.plan(this.well ? {} : this.#drawPlan(provider));
  }

  /** Backups turn up that nobody ordered: of another program, or of a life whose state is lost. */
  addStrangers(provider: FakeProvider, now: number): void {
    const { dice } = this;
    const jobs = this.jobsAt(provider.key);
    for (let left = 1 + dice.upTo(5); left > 0; left--) {
      const job = jobs.length > 1 ? jobs[(this.#strangers + 1) % (jobs.length + 1)] : undefined;
      provider.seed({
        ...(job === undefined ? {} : { owner: { job } }),
        id: `${provider.key}-old-${++this.#strangers}`,
        runId: dice.chance(0.3) ? `run-of-another-${this.#strangers}` : "",
        startedAt: now - dice.upTo(72 * HOUR),
        timed: dice.chance(0.7),
        ends: dice.one(["available", "available", "available", "failed"]),
        sizeMb: dice.one([undefined, 1, 100]),
      });
    }
  }

  /** From now on a provider's list is not what it has; undefined: it is. */
  lie(key: string, lie: Lie | undefined): void {
    if (lie === undefined) this.#lies.delete(key);
    else this.#lies.set(key, lie);
  }

  /** What a provider says that it has, where its list truly is `infos`. */
  listed(key: string, infos: BackupInfo[]): BackupInfo[] {
    const lie = this.well ? undefined : this.#lies.get(key);
    if (lie === undefined) return infos;
    if (lie === "empty") return [];
    if (lie === "lacks_oldest") return infos.slice(1);
    if (lie === "cut_off") return infos.slice(0, Math.floor(infos.length / 3));
    throw new ProviderError("malformed", `Cannot list at '${key}': the answer is not JSON`, { status: 200 });
  }

  #drawPlan(provider: FakeProvider): Plan {
    const shape = this.#shapes.get(provider.key)!;
    const used = ordered(provider);
    const { dice } = this;
    if (dice.chance(shape.fails)) return { ends: "failed", message: "the disk is full" };
    if (dice.chance(shape.neverEnds)) return { ends: "never" };
    if (shape.small > 0 && shape.sizeMb !== null && dice.chance(shape.small)) return { sizeMb: 1 };
    if (dice.chance(shape.slow)) return { durationMs: 10 * shape.durationMs + 5_000 };
    if (used.length > 0 && dice.chance(shape.usedId)) {
      // Where the answer with the first one was lost nobody can know that its id comes a second time: the provider then
      // says of the first what is on record of the second, and the job rests in doubt.
      const { id } = dice.one(used);
      return this.isOnRecord(provider.key, id) ? { id } : {};
    }
    if (used.length > 0 && dice.chance(shape.sharedData)) return { dataId: dice.one(used).dataId };
    return {};
  }
}

/** What began there by a start, oldest first. */
function ordered(provider: FakeProvider): Effect[] {
  return provider.effects.filter((effect) => !isStranger(effect));
}

/** True for what nobody ordered, and no run on record is of. */
export function isStranger({ id }: Effect): boolean {
  return /-old-\d+$/.test(id);
}
