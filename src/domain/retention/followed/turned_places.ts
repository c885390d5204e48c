// Which places became victims, or ceased to be, since somebody last asked.

/** Notes nothing before the first time it is asked. */
export class TurnedPlaces {
  #places: Set<number> | null = null;

  note(place: number): void {
    this.#places?.add(place);
  }

  drop(place: number): void {
    this.#places?.delete(place);
  }

  /** What was at a place is at the next one now. */
  shift(place: number): void {
    if (this.#places?.delete(place)) this.#places.add(place + 1);
  }

  /** The same backups at other places. */
  move(to: (place: number) => number): void {
    if (this.#places !== null) this.#places = new Set(Array.from(this.#places, to));
  }

  /** Those noted since the last time, in order. */
  take(): number[] {
    const places = [...this.#places ?? []].sort((a, b) => a - b);
    this.#places = new Set();
    return places;
  }
}
