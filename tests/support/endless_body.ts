// A body that never ends and keeps count of how much of it is wanted.

/** A body for `new Request()`, and how often somebody asked for more of it; `null`: nothing of it ever comes. */
export function endlessBody(piece: Uint8Array<ArrayBuffer> | null) {
  const seen = { pulls: 0, cancelled: false };
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      seen.pulls++;
      if (piece !== null) controller.enqueue(piece);
    },
    cancel() {
      seen.cancelled = true;
    },
  }, { highWaterMark: 0 });
  return { seen, init: { body: stream, duplex: "half" } as RequestInit };
}
