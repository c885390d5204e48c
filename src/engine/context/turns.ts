// Work that is done one piece after the other, in the order in which it was asked for.

/** Turns of one object. There is a line only while there is work: most of many thousand objects have none. */
export class Turns {
  /** Who waits for the one whose turn it is; undefined while it is nobody's. */
  #line: (() => void)[] | undefined;
  #last: Promise<unknown> | undefined;

  /** Work is under way, or waits. */
  get busy(): boolean {
    return this.#line !== undefined;
  }

  /** Does the work when all before it is done; `ended` is called right after it, however it ends. */
  add<T>(work: () => Promise<T>, ended?: () => void): Promise<T> {
    const done = new Promise<T>((resolve, reject) => {
      const turn = async () => {
        try {
          resolve(await work());
        } catch (error) {
          reject(error);
        } finally {
          this.#next();
        }
      };
      if (this.#line !== undefined) return void this.#line.push(() => void turn());
      this.#line = [];
      void turn();
    });
    if (this.busy) this.#last = done;
    if (ended !== undefined) done.then(ended, ended);
    return done;
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.busy) await this.#last?.catch(() => {});
  }

  #next(): void {
    const next = this.#line!.shift();
    if (next !== undefined) return next();
    this.#line = undefined;
    this.#last = undefined;
  }
}
