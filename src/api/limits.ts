// How large and how slow a request may be, so that nobody fills the memory or keeps a body open for ever.

import type { Context, Next } from "hono";
import { joinBytes } from "../domain/bytes.ts";
import type { Clock } from "../ports/host.ts";
import { Problem } from "./problems.ts";

/** Of path and query in characters: a provider's id of 4 KiB has three times as many once it is percent-encoded. */
const MAX_TARGET = 16 * 1024;
/** Far more than any endpoint has; each costs work before it is found to be unknown. */
const MAX_PARAMETERS = 200;
/** Of all names and values together, in characters. */
const MAX_HEADERS = 32 * 1024;
const MAX_BODY_BYTES = 1024 * 1024;
/** How long a body may take to arrive, all of it. */
const BODY_MS = 30_000;

/** Refuses a request by its address and headers alone: 414, 431, or 400 for too many parameters. */
export async function refuseOversized(c: Context, next: Next): Promise<void> {
  const { url } = c.req;
  const target = url.length - url.indexOf("/", url.indexOf("//") + 2);
  if (target > MAX_TARGET) {
    throw new Problem(414, `The address has ${target} characters: expected at most ${MAX_TARGET}`);
  }
  const query = url.indexOf("?");
  const parameters = query < 0 ? 0 : url.slice(query).split("&").length;
  if (parameters > MAX_PARAMETERS) {
    throw new Problem(400, `The query has ${parameters} parameters: expected at most ${MAX_PARAMETERS}`);
  }
  let headers = 0;
  c.req.raw.headers.forEach((value, name) => headers += name.length + value.length);
  if (headers > MAX_HEADERS) {
    throw new Problem(431, `The headers have ${headers} characters: expected at most ${MAX_HEADERS}`);
  }
  await next();
}

/**
 * Reads the body of a request whole before anything is done with it: 413 when it is over 1 MiB, whether its length
 * was announced or not, 408 when it does not come in time, 400 when it breaks off.
 */
export function readBody(clock: Clock): (c: Context, next: Next) => Promise<void> {
  return async (c, next) => {
    const { raw } = c.req;
    if (raw.body === null) return await next();
    const announced = Number(raw.headers.get("content-length") ?? 0);
    if (announced > MAX_BODY_BYTES) throw tooLarge();
    const body = await readInTime(raw.body.getReader(), clock);
    c.req.raw = new Request(raw.url, { method: raw.method, headers: raw.headers, body });
    c.req.bodyCache = {};
    await next();
  };
}

async function readInTime(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  clock: Clock,
): Promise<Uint8Array<ArrayBuffer>> {
  const limit = clock.timeout(BODY_MS);
  const late = new Promise<undefined>((resolve) =>
    limit.signal.addEventListener("abort", () => resolve(undefined), { once: true })
  );
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  try {
    for (;;) {
      const read = await Promise.race([reader.read().catch(() => "broken" as const), late]);
      if (read === undefined) {
        throw new Problem(408, `The body did not arrive within ${BODY_MS / 1000} s`, {}, CLOSE);
      }
      if (read === "broken") throw new Problem(400, "The body broke off before its end", {}, CLOSE);
      if (read.done) return joinBytes(parts, size);
      size += read.value.length;
      if (size > MAX_BODY_BYTES) throw tooLarge();
      parts.push(read.value);
    }
  } finally {
    limit.dispose();
    // Not awaited: a sender that stopped may never confirm. After the end this does nothing.
    reader.cancel().catch(() => {});
  }
}

/** What is left of a body nobody reads must not be taken for the next request. */
const CLOSE = { connection: "close" };

function tooLarge(): Problem {
  return new Problem(413, "The body is over 1 MiB: no request needs as much", {}, CLOSE);
}
