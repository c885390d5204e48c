// How large and how slow a request may be, so that nobody fills the memory or keeps a body open for ever.

import type { Context, Next } from "hono";
import { announcedLength } from "../domain/http/announced_body.ts";
import { joinBytes } from "../domain/bytes.ts";
import type { Clock } from "../ports/host.ts";
import type { ApiEnv } from "./deps.ts";
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

/** Refuses by its announced length alone a body that is longer than any endpoint takes: 413. */
export async function refuseLongBodies(c: Context, next: Next): Promise<void> {
  const length = announcedLength(c.req.raw.headers);
  if (length !== "unknown" && length > MAX_BODY_BYTES) throw tooLarge();
  await next();
}

/**
 * The whole body of a request: 413 when it is over 1 MiB although no length was announced, 408 when it does not come
 * in time, 400 when it breaks off. `refusal` is thrown as soon as there is any body at all.
 */
export async function readBody(c: Context<ApiEnv>, refusal?: Problem): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readWhole(c.req.raw, c.env.clock, MAX_BODY_BYTES, refusal);
  c.set("isBodyRead", c.req.raw.body === null ? undefined : true);
  return bytes;
}

/** The same of any request, at most so many bytes of it. */
export async function readWhole(
  { body }: Request,
  clock: Clock,
  most: number,
  refusal?: Problem,
): Promise<Uint8Array<ArrayBuffer>> {
  if (body === null) return new Uint8Array();
  return await readInTime(body.getReader(), clock, most, refusal);
}

async function readInTime(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  clock: Clock,
  most: number,
  refusal: Problem | undefined,
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
        throw new Problem(408, `The body did not arrive within ${BODY_MS / 1000} s`);
      }
      if (read === "broken") throw new Problem(400, "The body broke off before its end");
      if (read.done) return joinBytes(parts, size);
      size += read.value.length;
      if (refusal !== undefined && size > 0) throw refusal;
      if (size > most) throw tooLarge(most);
      parts.push(read.value);
    }
  } finally {
    limit.dispose();
    // Not awaited: a sender that stopped may never confirm. After the end this does nothing.
    reader.cancel().catch(() => {});
  }
}

function tooLarge(most = MAX_BODY_BYTES): Problem {
  const size = most === MAX_BODY_BYTES ? "1 MiB" : `${most / 1024} KiB`;
  return new Problem(413, `The body is over ${size}: no request needs as much`);
}
