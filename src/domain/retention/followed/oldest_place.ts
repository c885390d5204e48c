// The oldest backup that counts, which `keep_oldest` keeps while a level has room for more than it has.

import type { TagBits } from "../tagging.ts";
import type { LevelWinners } from "./level_winners.ts";

/** It is nobody where that is not asked for. */
export class OldestPlace {
  #place = -1;
  /** Levels that have room for it. */
  #room: TagBits = 0;

  constructor(private readonly isAsked: boolean, private readonly levels: LevelWinners) {}

  /** The levels that keep a place as the oldest. */
  room(place: number): TagBits {
    return place === this.#place ? this.#room : 0;
  }

  /** Looks who it is by now; answers those that are kept otherwise for that. */
  look(): number[] {
    if (!this.isAsked) return [];
    const [place, room] = [this.#place, this.#room];
    this.#place = this.levels.all.after(-1);
    this.#room = this.levels.room;
    if (place === this.#place && room === this.#room) return [];
    return [place, this.#place].filter((one) => one >= 0);
  }

  /** The same backups at other places. */
  move(to: (place: number) => number): void {
    if (this.#place >= 0) this.#place = to(this.#place);
  }
}
