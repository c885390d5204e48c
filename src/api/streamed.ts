// Long answers as they are made: in pieces, each sent before the next is made.

import type { TypedResponse } from "hono";

/** Pieces are gathered until so much text is there. */
const ENOUGH = 65_536;

/** The answer 200 of these pieces, as `streamedBody` sends them. `T`: what a reader makes of the text. */
export async function streamed<T, Format extends "text" | "json">(
  pieces: AsyncIterable<string>,
  type: string,
): Promise<Response & TypedResponse<T, 200, Format>> {
  const answer = new Response(await streamedBody(pieces), { headers: { "content-type": type } });
  return answer as Response & TypedResponse<T, 200, Format>;
}

/**
 * A body of these pieces of text. Rejects where the first cannot be made, so that an error may still be the answer; where a
 * later one cannot, the body breaks off, which no reader takes for its end.
 */
async function streamedBody(pieces: AsyncIterable<string>): Promise<ReadableStream<Uint8Array>> {
  const iterator = pieces[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  let next = await iterator.next();
  return new ReadableStream({
    async pull(controller) {
      let text = "";
      while (!next.done && text.length < ENOUGH) {
        text += next.value;
        next = await iterator.next();
      }
      if (text !== "") controller.enqueue(encoder.encode(text));
      if (next.done) controller.close();
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}

/** Lists that come some items at a time, as the text of one JSON array. */
export async function* jsonArray(lists: AsyncIterable<readonly unknown[]>): AsyncGenerator<string, void> {
  let before = "[";
  for await (const list of lists) {
    if (list.length === 0) continue;
    const text = JSON.stringify(list);
    yield before + text.slice(1, -1);
    before = ",";
  }
  yield before === "[" ? "[]" : "]";
}
