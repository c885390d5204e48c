// Deletions that a provider has accepted and is still carrying out: what looks for their end beside everything else.

/** One for the life of the engine. */
export class Accepted {
  #looks = new Map<string, Promise<void>>();

  /** Has `look` find out about one DELETE, which `key` names. What it rejects with, the next round of deletions meets too. */
  watch(key: string, look: () => Promise<void>): void {
    const over = look().catch(() => {}).finally(() => this.#looks.delete(key));
    this.#looks.set(key, over);
  }

  /** Resolves when nobody looks any more. */
  async idle(): Promise<void> {
    await Promise.all(this.#looks.values());
  }
}
