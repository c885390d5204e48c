// Follows a trail row by row and finds the first that does not fit. Pure: the rows come from whoever reads them.

import type { HeadProof, KeptHead, TrailHead, TrailTrouble } from "../../ports/audit_trail.ts";
import { digestOf, GENESIS } from "./digest.ts";
import type { Checkpoint, TrailFrame, TrailRow } from "./trail_reads.ts";

/** One look through a trail, from its first checkpoint on. */
export class ChainCheck {
  /** The last row that fits. */
  head: TrailHead = { link: 0, digest: GENESIS };
  /** How many rows fit. */
  events = 0;
  trouble: TrailTrouble | null = null;
  readonly pruned: number;
  #seq = 0;
  /** What the trail itself said last of what went: the numbers up to this one, and its digest. */
  #toldPruned: TrailHead = { link: 0, digest: GENESIS };
  readonly #pruned: TrailHead;
  /** What was seen where the kept head should be. */
  #found: TrailHead | undefined;

  constructor({ checkpoints }: TrailFrame, private readonly kept: KeptHead | null) {
    this.#look(this.head);
    for (const checkpoint of checkpoints) this.#passCheckpoint(checkpoint);
    this.#pruned = this.head;
    this.pruned = this.head.link;
  }

  /** Takes the next row; false as soon as something does not fit. */
  take(row: TrailRow): boolean {
    const { link, seq } = row;
    const expected = this.head.link + 1;
    if (link < expected) {
      const why = link <= this.pruned
        ? `number ${link} of the trail went long ago by its age`
        : `there is a number ${link} already`;
      return this.#fail(row, `event ${seq} does not belong there: ${why}: it was put in`);
    }
    if (link > expected) {
      const gone = link === expected + 1 ? `${expected} is` : `${expected} to ${link - 1} are`;
      return this.#fail(
        row,
        `event ${seq} does not fit: it is number ${link} of the trail, and ${gone} gone`,
      );
    }
    if (seq <= this.#seq) {
      return this.#fail(
        row,
        `event ${seq} does not fit: it follows event ${this.#seq} in the trail, and was moved`,
      );
    }
    const digest = digestOf(this.head.digest, link, row);
    if (row.digest !== null && row.digest !== digest) {
      return this.#fail(
        row,
        `event ${seq} does not fit: its digest is not that of what it says after number ${link - 1}: ` +
          "one of the two was changed",
      );
    }
    this.head = { link, digest };
    this.#seq = seq;
    this.events++;
    this.#look(this.head);
    return row.type !== "audit.pruned" || this.#hear(row);
  }

  /** The trail tells what went, each time from where it ended the time before. */
  #hear(row: TrailRow): boolean {
    const { first, ...told } = toldBy(row);
    const before = this.#toldPruned.link;
    this.#toldPruned = told;
    if (before === 0 || first === before + 1) return true;
    return this.#fail(
      row,
      `event ${row.seq} does not fit: it tells that the events from number ${first} on went by their age, and before it ` +
        `only those up to ${before} had: its front was cut off`,
    );
  }

  /** All rows were taken: whether the end is where the trail says that it is, and the front what it says of itself. */
  end(stored: TrailHead | null): void {
    if (this.trouble !== null) return;
    if (stored === null || stored.link !== this.head.link || stored.digest !== this.head.digest) {
      const said = stored === null
        ? "the trail no longer says where it ends"
        : `the trail should end with number ${stored.link} and digest ${stored.digest}`;
      this.trouble = {
        link: this.head.link + 1,
        seq: null,
        message: `${said}, and its last event is number ${this.head.link}: its end was cut off or changed`,
      };
    } else if (
      this.#toldPruned.link !== this.#pruned.link || this.#toldPruned.digest !== this.#pruned.digest
    ) {
      this.trouble = {
        link: this.pruned,
        seq: null,
        message:
          `the events up to number ${this.pruned} are gone, and the trail itself tells only of those up to ` +
          `${this.#toldPruned.link}: its front was cut off`,
      };
    }
  }

  /** What the kept head proves, once all rows were taken. */
  proof(): HeadProof | null {
    if (this.kept === null) return null;
    const { link, digest } = this.kept;
    if (this.#found?.digest === digest) {
      return {
        result: "proved",
        message:
          `the trail is the one of the kept head: nothing up to number ${this.#found.link} was changed`,
      };
    }
    if (this.#found === undefined && link !== null && link <= this.pruned) {
      return {
        result: "pruned",
        message:
          `nothing can be proved by the kept head: number ${link} went by its age, and no checkpoint ends with ` +
          "it: keep a newer head",
      };
    }
    const message = link === null
      ? "the kept head is no digest of this trail: its end was cut off or it was rewritten, or it is another state's " +
        "(a head from before the oldest event that is left cannot be told from these)"
      : link > this.head.link
      ? `the trail ends with number ${this.head.link}, before number ${link} of the kept head: its end was cut off`
      : `number ${link} of the trail is not the one of the kept head: the trail was rewritten, or is another state's`;
    return { result: "refuted", message };
  }

  #passCheckpoint({ month, first, last, count, digest }: Checkpoint): void {
    if (this.trouble !== null) return;
    if (first !== this.head.link + 1 || last < first || count !== last - first + 1) {
      this.trouble = {
        link: this.head.link + 1,
        seq: null,
        message:
          `the checkpoint of ${month} does not fit: it stands for ${count} events from number ${first} to ` +
          `${last}, after number ${this.head.link}`,
      };
      return;
    }
    this.head = { link: last, digest };
    this.#look(this.head);
  }

  #look(head: TrailHead): void {
    if (this.kept === null) return;
    if (this.kept.link === null ? head.digest === this.kept.digest : head.link === this.kept.link) {
      this.#found = head;
    }
  }

  #fail({ link, seq }: TrailRow, message: string): false {
    this.trouble = { link, seq, message };
    return false;
  }
}

/** What an event says of those that went: the first, and the last with its digest. */
export function toldBy({ data }: Pick<TrailRow, "data">): TrailHead & { first: number } {
  try {
    const { first, last, digest } = JSON.parse(data ?? "{}") as Record<string, unknown>;
    return { first: Number(first), link: Number(last), digest: String(digest) };
  } catch {
    return { first: 0, link: 0, digest: "" };
  }
}
