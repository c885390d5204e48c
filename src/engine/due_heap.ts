// A binary heap of instants whose items may be moved: the earliest is always at hand.

/** One item; made by its owner, with `at: Infinity` and `index: -1`, and changed by the heap alone. */
export interface HeapItem<T> {
  readonly of: T;
  /** When it comes (ms); Infinity for never. */
  at: number;
  /** Its place in the heap; -1 outside. */
  index: number;
}

/** Holds the items that come at some time. */
export class DueHeap<T> {
  #items: HeapItem<T>[] = [];

  /** When the first comes; Infinity for never. */
  first(): number {
    return this.#items[0]?.at ?? Infinity;
  }

  /** Gives the item another instant; takes one that never comes out. */
  set(item: HeapItem<T>, at: number): void {
    if (item.at === at) return;
    const before = item.at;
    item.at = at;
    if (at === Infinity) return this.#remove(item);
    if (item.index < 0) {
      item.index = this.#items.length;
      this.#items.push(item);
      this.#up(item);
    } else if (at < before) this.#up(item);
    else this.#down(item);
  }

  /** Hands over all that come by `at`, in no order; they stay. Costs what it hands over. */
  until(at: number, take: (of: T) => void): void {
    const open = [0];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      const item = this.#items[index];
      if (item === undefined || item.at > at) continue;
      take(item.of);
      open.push(2 * index + 1, 2 * index + 2);
    }
  }

  #remove(item: HeapItem<T>): void {
    if (item.index < 0) return;
    const last = this.#items.pop()!;
    if (last !== item) {
      this.#put(last, item.index);
      this.#up(last);
      this.#down(last);
    }
    item.index = -1;
  }

  #up(item: HeapItem<T>): void {
    while (item.index > 0) {
      const above = this.#items[(item.index - 1) >> 1]!;
      if (above.at <= item.at) return;
      this.#swap(above, item);
    }
  }

  #down(item: HeapItem<T>): void {
    for (;;) {
      const left = this.#items[2 * item.index + 1];
      const right = this.#items[2 * item.index + 2];
      const below = right !== undefined && right.at < left!.at ? right : left;
      if (below === undefined || below.at >= item.at) return;
      this.#swap(item, below);
    }
  }

  #swap(above: HeapItem<T>, below: HeapItem<T>): void {
    const [top, bottom] = [above.index, below.index];
    this.#put(below, top);
    this.#put(above, bottom);
  }

  #put(item: HeapItem<T>, index: number): void {
    this.#items[index] = item;
    item.index = index;
  }
}
