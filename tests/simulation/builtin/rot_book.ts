// Since when and until when data was damaged: what verifications say is judged by it.

import type { SimRepository, SimSnapshot } from "./restic_repository.ts";

/** UTC ms. */
interface Span {
  repository: SimRepository;
  pack: string;
  from: number;
  to: number;
}

/** Each time that a pack was turned or lost. */
export class RotBook {
  readonly #spans: Span[] = [];
  /** By verification, when it was first heard of. */
  readonly begun = new Map<string, number>();

  constructor(private readonly now: () => number) {}

  began(repository: SimRepository, pack: string): void {
    const before = this.#spans.find((one) => one.pack === pack && one.repository === repository);
    if (before?.to !== Infinity) this.#spans.push({ repository, pack, from: this.now(), to: Infinity });
  }

  ended(repository: SimRepository, pack: string): void {
    for (const one of this.#spans) {
      if (one.repository === repository && one.pack === pack) one.to = Math.min(one.to, this.now());
    }
  }

  /** A pack of the snapshot that was bad all the time since then; one that was lost may have been saved again. */
  badSince(repository: SimRepository, { packs }: SimSnapshot, since: number): string | undefined {
    return this.#spans.find((one) =>
      one.repository === repository && packs.includes(one.pack) && one.from < since && one.to === Infinity &&
      (repository.rotten.has(one.pack) || !repository.packs.has(one.pack))
    )?.pack;
  }

  /** True where some pack of these was bad at any time since then. */
  wasBad(repository: SimRepository, packs: readonly string[], since: number): boolean {
    return this.#spans.some((one) =>
      one.repository === repository && packs.includes(one.pack) && one.to >= since
    );
  }
}
