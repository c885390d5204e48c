// Reads a `text/event-stream` as its fields: data and the last id, which is what a reconnect continues from.

/** One message of the stream. */
interface StreamMessage {
  data: string;
  id: string | null;
}

/** Most characters of one message; a longer one ends the stream with an error. */
const LIMIT = 1_048_576;

/** Yields each message with data; comments and other fields are left out. */
export async function* readEventStream(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamMessage> {
  let rest = "";
  let data: string[] = [];
  let id: string | null = null;
  for await (
    const chunk of body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
  ) {
    rest += chunk;
    if (rest.length > LIMIT) throw new Error("a message of the event stream is longer than 1 MiB");
    // A carriage return at the end may be half of a line end.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop()!;
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) yield { data: data.join("\n"), id };
        data = [];
        continue;
      }
      const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line)!;
      if (field === "data") data.push(value!);
      if (field === "id") id = value!;
    }
  }
}
