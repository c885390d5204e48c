// Bytes in less room, by what every platform has.

import { joinBytes } from "../../domain/bytes.ts";

/** The bytes, deflated. */
export function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  return through(new CompressionStream("deflate-raw"), bytes);
}

/** What was deflated; rejects what was not. */
export function inflate(bytes: Uint8Array): Promise<Uint8Array> {
  return through(new DecompressionStream("deflate-raw"), bytes);
}

async function through(stream: CompressionStream | DecompressionStream, bytes: Uint8Array) {
  const writer = stream.writable.getWriter();
  const written = Promise.all([writer.write(bytes as Uint8Array<ArrayBuffer>), writer.close()]);
  // Whoever reads hears of it as well.
  written.catch(() => {});
  const pieces: Uint8Array[] = [];
  let size = 0;
  const reader = stream.readable.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    size += value.length;
  }
  await written;
  return joinBytes(pieces, size);
}
