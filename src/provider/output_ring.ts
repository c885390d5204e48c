// Keeps the last 64 KiB of a backup's output, with secrets blotted out before they are kept.

/** Bytes of output kept for each backup. */
const OUTPUT_BYTES = 64 * 1024;

export interface OutputRing {
  add(line: string): void;
  text(): string;
}

/** Replaces each secret by `<redacted>`. */
export type Redact = (text: string) => string;

/** An empty ring; lines that no longer fit are dropped, oldest first, and the text says so. */
export function createOutputRing(redact: Redact): OutputRing {
  const encoder = new TextEncoder();
  let lines: { text: string; bytes: number }[] = [];
  let bytes = 0;
  let start = 0;
  let dropped = false;
  return {
    add(line) {
      const clean = redact(line);
      let kept = clean;
      let size = encoder.encode(kept).length + 1;
      if (size > OUTPUT_BYTES) {
        kept = new TextDecoder().decode(encoder.encode(clean).slice(-OUTPUT_BYTES / 2));
        size = encoder.encode(kept).length + 1;
        dropped = true;
      }
      lines.push({ text: kept, bytes: size });
      bytes += size;
      while (bytes > OUTPUT_BYTES) {
        bytes -= lines[start++]!.bytes;
        dropped = true;
      }
      if (start > 1000) {
        lines = lines.slice(start);
        start = 0;
      }
    },
    text() {
      const kept = lines.slice(start).map((line) => line.text + "\n").join("");
      return dropped ? `[earlier output was dropped]\n${kept}` : kept;
    },
  };
}
