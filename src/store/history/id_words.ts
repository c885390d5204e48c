// Ids and digests within texts, which nothing makes shorter: each is put aside once as bytes, and the texts only say which
// one it is.

/** Stands before what is said of an id; where it is in a text itself, it is written as `MARK` and `ITSELF`. */
const MARK = "\u007f";
const ITSELF = "m";
/** What an id put aside looked like: with dashes, or so many bytes in a row. */
const DASHED = "u";
const SHORT = "h";
const LONG = "d";

const ID = /\u007f|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{64}|[0-9a-f]{32}/g;
const WORD = /\u007f(?:([muhd])|(\d+);)/g;

/** Takes ids out of texts. */
export class IdWriter {
  readonly #known = new Map<string, number>();
  readonly #bytes: number[] = [];

  write<T extends string | null>(text: T): T {
    if (text === null) return text;
    return text.replace(ID, (id) => id === MARK ? MARK + ITSELF : this.#wordFor(id)) as T;
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  #wordFor(id: string): string {
    const known = this.#known.get(id);
    // How many were put aside since: most texts speak of those that came last.
    if (known !== undefined) return `${MARK}${this.#known.size - 1 - known};`;
    this.#known.set(id, this.#known.size);
    const hex = id.replaceAll("-", "");
    for (let at = 0; at < hex.length; at += 2) this.#bytes.push(parseInt(hex.slice(at, at + 2), 16));
    return MARK + (hex !== id ? DASHED : hex.length === 64 ? LONG : SHORT);
  }
}

/** Puts them in again; the texts come in the order in which they were written. */
export class IdReader {
  readonly #known: string[] = [];
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  read<T extends string | null>(text: T): T {
    if (text === null || !text.includes(MARK)) return text;
    return text.replace(WORD, (_, kind: string | undefined, back: string) => {
      if (kind === undefined) return this.#known[this.#known.length - 1 - Number(back)]!;
      return kind === ITSELF ? MARK : this.#next(kind);
    }) as T;
  }

  #next(kind: string): string {
    const size = kind === LONG ? 32 : 16;
    const bytes = this.bytes.subarray(this.#at, this.#at += size);
    let hex = "";
    for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
    const id = kind === DASHED
      ? `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
      : hex;
    this.#known.push(id);
    return id;
  }
}
