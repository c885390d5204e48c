// Run ids by place, 16 bytes each where they are UUIDs: a million of them as strings would cost 64 MB.

/** A list of run ids. Ids that are no lower-case UUIDs are kept as they are. */
export class RunIdList {
  #words: Uint32Array;
  #others = new Map<number, string>();

  constructor(capacity: number) {
    this.#words = new Uint32Array(capacity * 4);
  }

  set(place: number, runId: string): void {
    if (this.#others.size > 0) this.#others.delete(place);
    const a = digits(runId, 0), b = digits(runId, 4), c = digits(runId, 9), d = digits(runId, 14);
    const e = digits(runId, 19), f = digits(runId, 24), g = digits(runId, 28), h = digits(runId, 32);
    const dashes = runId.charCodeAt(8) === 45 && runId.charCodeAt(13) === 45 && runId.charCodeAt(18) === 45 &&
      runId.charCodeAt(23) === 45;
    if ((a | b | c | d | e | f | g | h) < 0 || !dashes || runId.length !== 36) {
      this.#others.set(place, runId);
      return;
    }
    const at = place * 4;
    this.#words[at] = (a << 16) | b;
    this.#words[at + 1] = (c << 16) | d;
    this.#words[at + 2] = (e << 16) | f;
    this.#words[at + 3] = (g << 16) | h;
  }

  get(place: number): string {
    const other = this.#others.size === 0 ? undefined : this.#others.get(place);
    if (other !== undefined) return other;
    const [a, b, c, d] = this.#words.subarray(place * 4, place * 4 + 4);
    const left = hex(b!);
    const right = hex(c!);
    return `${hex(a!)}-${left.slice(0, 4)}-${left.slice(4)}-${right.slice(0, 4)}-${right.slice(4)}${hex(d!)}`;
  }

  /** The first `count` ids in a list of `capacity`. */
  resized(count: number, capacity: number): RunIdList {
    const list = new RunIdList(capacity);
    list.#words.set(this.#words.subarray(0, count * 4));
    for (const [place, runId] of this.#others) list.#others.set(place, runId);
    return list;
  }

  /** A list of `capacity` ids that holds at each place i the id at `places[i]`, for the first `count` of them. */
  pick(places: ArrayLike<number>, count: number, capacity: number): RunIdList {
    const picked = new RunIdList(capacity);
    for (let to = 0; to < count; to++) {
      const from = places[to]!;
      for (let word = 0; word < 4; word++) picked.#words[to * 4 + word] = this.#words[from * 4 + word]!;
      const other = this.#others.size === 0 ? undefined : this.#others.get(from);
      if (other !== undefined) picked.#others.set(to, other);
    }
    return picked;
  }
}

/** The values of characters; -1 for what is no lower-case digit. */
const VALUES = Int8Array.from(
  { length: 128 },
  (_, code) => "0123456789abcdef".indexOf(String.fromCharCode(code)),
);

/** The value of four digits; negative when they are none. */
function digits(text: string, at: number): number {
  const a = text.charCodeAt(at),
    b = text.charCodeAt(at + 1),
    c = text.charCodeAt(at + 2),
    d = text.charCodeAt(at + 3);
  // The end of the text reads as NaN, which is none of ours either.
  if (!((a | b | c | d) < 128 && d >= 0)) return -1;
  return (VALUES[a]! << 12) | (VALUES[b]! << 8) | (VALUES[c]! << 4) | VALUES[d]!;
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}
