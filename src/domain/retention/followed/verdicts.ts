// Which backups go, by place: those that the policy does not keep, and those that were rejected, unless a caller's reason or,
// of the former, an earlier policy keeps them; and what changed of that since somebody last asked.

import type { KeepReason } from "../reasons.ts";
import { SLICE } from "../../slices.ts";
import type { FormerElections } from "./former_elections.ts";
import type { MarkedPlaces } from "./marked_places.ts";
import { PlaceSet } from "./place_set.ts";
import { TurnedPlaces } from "./turned_places.ts";

/** The verdicts on the places of one election. */
export class Verdicts {
  /** Those that the policy itself does not keep. */
  unkept: PlaceSet;
  /** Those of them that nothing else keeps either. */
  victims: PlaceSet;
  /** Places whose tags or reasons may have changed since somebody emptied this. */
  touched: Set<number> = new Set<number>();
  /** Those that became victims, or ceased to be. */
  readonly turned: TurnedPlaces = new TurnedPlaces();
  /** Those that the policy ceased to keep. */
  readonly dropped: TurnedPlaces = new TurnedPlaces();
  former: FormerElections | null = null;
  /** How many of the victims were rejected. */
  rejectedVictims = 0;
  /** What the caller says. */
  #keepReasons: Map<number, KeepReason>;

  constructor(
    capacity: number,
    keepReasons: ReadonlyMap<number, KeepReason>,
    private readonly marks: Pick<MarkedPlaces, "rejected">,
  ) {
    this.unkept = new PlaceSet(capacity);
    this.victims = new PlaceSet(capacity);
    this.#keepReasons = new Map(keepReasons);
  }

  /** The first verdict on a place that the policy does not keep. */
  begin(place: number): void {
    this.unkept.add(place);
    if (!this.#keepReasons.has(place)) this.#setVictim(place, true);
  }

  /** Keeps victims for as long as former policies do; yields every thousand. */
  *protect(former: FormerElections): Generator<void, void> {
    this.former = former;
    let seen = 0;
    for (let place = this.victims.after(-1); place >= 0; place = this.victims.after(place)) {
      if (++seen % SLICE === 0) yield;
      if (this.reason(place) !== undefined) this.#setVictim(place, false);
    }
  }

  judge(place: number, isUnkept: boolean): void {
    this.touched.add(place);
    if (!isUnkept) this.unkept.delete(place);
    else if (!this.unkept.has(place)) {
      this.unkept.add(place);
      this.dropped.note(place);
    }
    const isVictim = isUnkept && this.reason(place) === undefined;
    if (isVictim !== this.victims.has(place)) this.turned.note(place);
    this.#setVictim(place, isVictim);
  }

  /** Why it is kept beside the policy, where something does: what the caller says, else a former policy. */
  reason(place: number): KeepReason | undefined {
    const own = this.#keepReasons.get(place);
    // No policy ever kept what was rejected.
    if (own !== undefined || !this.unkept.has(place) || this.marks.rejected.has(place)) return own;
    return this.former?.reason(place);
  }

  /** Sets what the caller says; null: nothing. */
  keepFor(place: number, reason: KeepReason | null): void {
    if (reason === null) this.#keepReasons.delete(place);
    else this.#keepReasons.set(place, reason);
  }

  /** What the caller says. */
  said(place: number): KeepReason | undefined {
    return this.#keepReasons.get(place);
  }

  /** A victim that is no more. */
  forget(place: number): void {
    this.#setVictim(place, false);
    this.unkept.delete(place);
    this.touched.delete(place);
    this.turned.drop(place);
    this.dropped.drop(place);
  }

  /** The backup at a place that no policy decides about is at the next one now, where nothing is. */
  shift(place: number): void {
    const reason = this.#keepReasons.get(place);
    if (reason !== undefined) {
      this.#keepReasons.delete(place);
      this.#keepReasons.set(place + 1, reason);
    }
    if (this.touched.delete(place)) this.touched.add(place + 1);
    for (const places of [this.unkept, this.victims, this.turned, this.dropped]) places.shift(place);
  }

  #setVictim(place: number, isOne: boolean): void {
    if (this.victims.has(place) === isOne) return;
    if (isOne) this.victims.add(place);
    else this.victims.delete(place);
    if (this.marks.rejected.has(place)) this.rejectedVictims += isOne ? 1 : -1;
  }

  /** The same backups at other places. */
  move(moved: (places: PlaceSet) => PlaceSet, to: (place: number) => number): void {
    this.unkept = moved(this.unkept);
    this.victims = moved(this.victims);
    this.#keepReasons = new Map(Array.from(this.#keepReasons, ([place, reason]) => [to(place), reason]));
    this.touched = new Set(Array.from(this.touched, to));
    this.turned.move(to);
    this.dropped.move(to);
  }
}
