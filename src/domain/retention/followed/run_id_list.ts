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
    return uuidOf(this.#words, place * 4);
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

/** The codes of digits, and of what stands between them. */
const DIGIT = Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
const DASH = 45;

/**
 * The id in four words. Made at once of all its characters: one that is put together from pieces takes thirty times as long,
 * and remembers them.
 */
function uuidOf(words: Uint32Array, at: number): string {
  const [a, b, c, d] = [words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!];
  // deno-fmt-ignore
  return String.fromCharCode(
    DIGIT[a >>> 28]!, DIGIT[(a >>> 24) & 15]!, DIGIT[(a >>> 20) & 15]!, DIGIT[(a >>> 16) & 15]!,
    DIGIT[(a >>> 12) & 15]!, DIGIT[(a >>> 8) & 15]!, DIGIT[(a >>> 4) & 15]!, DIGIT[a & 15]!, DASH,
    DIGIT[b >>> 28]!, DIGIT[(b >>> 24) & 15]!, DIGIT[(b >>> 20) & 15]!, DIGIT[(b >>> 16) & 15]!, DASH,
    DIGIT[(b >>> 12) & 15]!, DIGIT[(b >>> 8) & 15]!, DIGIT[(b >>> 4) & 15]!, DIGIT[b & 15]!, DASH,
    DIGIT[c >>> 28]!, DIGIT[(c >>> 24) & 15]!, DIGIT[(c >>> 20) & 15]!, DIGIT[(c >>> 16) & 15]!, DASH,
    DIGIT[(c >>> 12) & 15]!, DIGIT[(c >>> 8) & 15]!, DIGIT[(c >>> 4) & 15]!, DIGIT[c & 15]!,
    DIGIT[d >>> 28]!, DIGIT[(d >>> 24) & 15]!, DIGIT[(d >>> 20) & 15]!, DIGIT[(d >>> 16) & 15]!,
    DIGIT[(d >>> 12) & 15]!, DIGIT[(d >>> 8) & 15]!, DIGIT[(d >>> 4) & 15]!, DIGIT[d & 15]!,
  );
}
