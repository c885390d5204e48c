// Reads a child's output in bounded memory: hands on whole lines, keeps the end of the stream.

/** How much of the end of a stream is kept unless the caller says otherwise, in bytes. */
export const KEPT_BYTES = 64 * 1024;

/** Longer lines are cut here unless the caller says otherwise, in UTF-16 units. */
const LONGEST_LINE = 64 * 1024;

/** Takes the bytes of one stream as they come. */
export interface OutputReader {
  take(bytes: Uint8Array): void;
  /** Hands on a last line that has no end. */
  finish(): void;
  /** The end of the stream as text. */
  kept(): string;
}

/** Calls `onLine` with each line without its end (`\n` or `\r\n`); bytes that are not UTF-8 read as U+FFFD. */
export function createOutputReader(
  onLine?: (line: string) => void,
  keptBytes = KEPT_BYTES,
  longestLine = LONGEST_LINE,
): OutputReader {
  const decoder = new TextDecoder();
  let tail: Uint8Array[] = [];
  let tailBytes = 0;
  let cut = false;
  let line = "";
  let open = false;

  const add = (text: string) => {
    open = true;
    if (line.length < longestLine) line += text.slice(0, longestLine - line.length);
  };
  const end = () => {
    const complete = line.endsWith("\r") ? line.slice(0, -1) : line;
    line = "";
    open = false;
    onLine?.(complete);
  };
  const takeText = (text: string) => {
    let start = 0;
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", start)) {
      add(text.slice(start, at));
      end();
      start = at + 1;
    }
    if (start < text.length) add(text.slice(start));
  };

  return {
    take(bytes) {
      tail.push(bytes);
      tailBytes += bytes.length;
      // Joined only now and then, so that many small pieces cost no more than their bytes.
      if (tailBytes > 4 * keptBytes || tail.length > 1024) {
        cut ||= tailBytes > keptBytes;
        tail = [lastBytes(tail, tailBytes, keptBytes)];
        tailBytes = tail[0]!.length;
      }
      if (onLine) takeText(decoder.decode(bytes, { stream: true }));
    },
    finish() {
      if (!onLine) return;
      takeText(decoder.decode());
      if (open) end();
    },
    kept() {
      const bytes = lastBytes(tail, tailBytes, keptBytes);
      let start = 0;
      // A character that the cut went through is left out.
      if (cut || tailBytes > bytes.length) { while (start < 3 && (bytes[start]! & 0xc0) === 0x80) start++; }
      return new TextDecoder().decode(bytes.subarray(start));
    },
  };
}

function lastBytes(pieces: Uint8Array[], total: number, keptBytes: number): Uint8Array {
  const all = new Uint8Array(total);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all.slice(Math.max(0, total - keptBytes));
}
