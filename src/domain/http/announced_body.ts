// What the headers of a request say about its body, before any of it is read.

/** What is asked of headers. */
interface Headers {
  get(name: string): string | null;
}

/**
 * How many bytes follow; "unknown" when they come in chunks. 0 when nothing is announced: over HTTP/2 a body may come
 * all the same.
 */
export function announcedLength(headers: Headers): number | "unknown" {
  if (headers.get("transfer-encoding") !== null) return "unknown";
  return Number(headers.get("content-length") ?? 0);
}

/** The media type in lower case, without its parameters; undefined where none is named. */
export function announcedType(headers: Headers): string | undefined {
  return headers.get("content-type")?.replace(/;.*/s, "").trim().toLowerCase();
}

/**
 * True where what follows on the connection may be no request of its own, so that it must end with the answer: some of
 * the body was not read, or it came in chunks, whose end a proxy before us may have seen elsewhere.
 */
export function mustHangUp(headers: Headers, isBodyRead: boolean): boolean {
  const length = announcedLength(headers);
  return length === "unknown" || (length > 0 && !isBodyRead);
}
