// One HTTP request and its answer, within a time limit and a size limit. Judges nothing but delivery.

import { joinBytes } from "../../domain/bytes.ts";
import type { Clock, Http } from "../../ports/host.ts";
import { MAX_BODY_BYTES } from "../protocol/protocol.ts";

/** One request. */
export interface ExchangeRequest {
  method: "GET" | "POST" | "DELETE" | "OPTIONS";
  url: string;
  /** Names in lower case, so that none is there twice. */
  headers: Record<string, string>;
  body: string | undefined;
  /** For all of it: connecting, sending, waiting, reading. */
  limitMs: number;
  /** Statuses whose body is needed; of others it is read as far as it comes within a second, for the message. */
  needsBody: readonly number[];
  /** Most bytes of a body that is needed; default `MAX_BODY_BYTES`. */
  maxBytes?: number;
}

/** An answer whose headers arrived; its body may have broken off, and `broken` says why. */
export interface Answer {
  answered: true;
  status: number;
  headers: Headers;
  /** What was read, after decompression. */
  bytes: Uint8Array;
  broken: string | undefined;
  /** It broke off on its way, which says nothing of what the provider meant; false when it is too large. */
  cutOff: boolean;
}

/** No answer. `no`: the request surely never left; `never`: nor can it, as a header or the URL is no such thing. */
export interface NoAnswer {
  answered: false;
  sent: "no" | "maybe" | "never";
  why: string;
}

/** How long a body is waited for that nobody needs. */
const UNNEEDED_BODY_MS = 1000;

/** Sends one request; follows no redirect; never rejects, and leaves no body unread or open. */
export async function exchange(
  ports: { http: Http; clock: Clock },
  { method, url, headers, body, limitMs, needsBody, maxBytes = MAX_BODY_BYTES }: ExchangeRequest,
): Promise<Answer | NoAnswer> {
  // Ends the connection whenever its rest is not wanted any more.
  const hangUp = new AbortController();
  let request: Request;
  try {
    request = new Request(url, { method, headers, body, redirect: "manual", signal: hangUp.signal });
  } catch {
    // The runtime's own text could quote a value.
    return { answered: false, sent: "never", why: "its URL or a header cannot be sent" };
  }
  const limit = ports.clock.timeout(limitMs);
  try {
    let response: Response;
    try {
      response = await beforeAbort(ports.http(request), limit.signal, (late) => late.body?.cancel());
    } catch (error) {
      return explainFailure(error, limit.signal.aborted, limitMs);
    }
    const read = needsBody.includes(response.status)
      ? await readBody(response, limit.signal, `it took longer than ${seconds(limitMs)}`, maxBytes)
      : await readUnneeded(ports.clock, response);
    if (read.broken !== undefined) hangUp.abort();
    return { answered: true, status: response.status, headers: response.headers, ...read };
  } finally {
    if (limit.signal.aborted) hangUp.abort();
    limit.dispose();
  }
}

async function readUnneeded(clock: Clock, response: Response): Promise<ReadBody> {
  if (response.body === null) return whole(NOTHING);
  const limit = clock.timeout(UNNEEDED_BODY_MS);
  try {
    return await readBody(response, limit.signal, "it came too slowly", MAX_BODY_BYTES);
  } finally {
    limit.dispose();
  }
}

interface ReadBody {
  bytes: Uint8Array;
  /** Why it is not whole. */
  broken: string | undefined;
  cutOff: boolean;
}

const NOTHING = new Uint8Array();

/** Reads at most `maxBytes`, counted unpacked so that a small answer cannot unfold into a large one. */
async function readBody(
  response: Response,
  signal: AbortSignal,
  tooSlow: string,
  maxBytes: number,
): Promise<ReadBody> {
  if (response.body === null) return whole(NOTHING);
  const tooLarge = `it is larger than ${maxBytes} bytes`;
  const broke = () => signal.aborted ? tooSlow : "the connection broke while it was read";
  // Not packed and of a declared length, which the runtime enforces: reading it at once is three times as fast.
  const declared = response.headers.get("content-length");
  if (declared !== null && Number(declared) <= maxBytes && !response.headers.has("content-encoding")) {
    try {
      return whole(new Uint8Array(await beforeAbort(response.arrayBuffer(), signal)));
    } catch {
      return { bytes: NOTHING, broken: broke(), cutOff: true };
    }
  }
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await beforeAbort(reader.read(), signal);
      if (done) return whole(join(chunks, length));
      if (length + value.length > maxBytes) {
        return { bytes: join(chunks, length), broken: tooLarge, cutOff: false };
      }
      chunks.push(value);
      length += value.length;
    }
  } catch {
    return { bytes: join(chunks, length), broken: broke(), cutOff: true };
  } finally {
    // Not awaited: a source that never ends may also never confirm. After the end this does nothing.
    reader.cancel().catch(() => {});
  }
}

function whole(bytes: Uint8Array): ReadBody {
  return { bytes, broken: undefined, cutOff: false };
}

function join(chunks: Uint8Array[], length: number): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  return joinBytes(chunks, length);
}

/** The promise's outcome, or the signal's reason if that comes first; `discard` then gets what arrives late. */
function beforeAbort<T>(
  promise: Promise<T>,
  signal: AbortSignal,
  discard?: (late: T) => unknown,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      if (discard !== undefined) promise.then(discard).catch(() => {});
      reject(signal.reason);
    };
    if (signal.aborted) {
      promise.catch(() => {});
      return onAbort();
    }
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/**
 * Says from a failed fetch whether the request can have arrived. Only these surely never left: a connection that
 * was never made (TCP, DNS and TLS all end in Deno's `client error (Connect)`) and a permission that was not given.
 * In every other case, the time limit included, it may have.
 */
function explainFailure(error: unknown, timedOut: boolean, limitMs: number): NoAnswer {
  if (timedOut) return { answered: false, sent: "maybe", why: `no answer came within ${seconds(limitMs)}` };
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (name === "NotCapable" || name === "PermissionDenied") {
    return { answered: false, sent: "no", why: "Schelly itself may not open this connection" };
  }
  // Said while the two greet each other, so before the other side reads what is asked: there is no connection yet.
  const alert = /received fatal alert: (\w*(?:Certificate|UnknownCA)\w*)/.exec(message)?.[1];
  if (alert !== undefined) {
    return { answered: false, sent: "no", why: `the provider does not take our certificate (${alert})` };
  }
  const client = /: client error \((\w+)\)(?:: (.*))?$/s.exec(message);
  if (client?.[1] === "Connect") {
    return {
      answered: false,
      sent: "no",
      why: connectCause(client[2] ?? "no reason given"),
    };
  }
  // The texts name the whole URL, query included; what follows it is all that is new.
  const why = client === null ? name : client[2] ?? client[1];
  return { answered: false, sent: "maybe", why: `the connection broke before an answer came (${why})` };
}

/** Why no connection came about, in the words that people know it by; in the runtime's own where it is none of these. */
function connectCause(said: string): string {
  const system = /^tcp connect error: (.*?)(?: \(os error \d+\))?$/s.exec(said)?.[1];
  if (system !== undefined) return system.charAt(0).toLowerCase() + system.slice(1);
  if (/^dns error: /.test(said)) return "the host name is not known";
  const certificate = /^invalid peer certificate: (.*)$/s.exec(said)?.[1];
  if (certificate !== undefined) return `its certificate is not accepted (${certificate})`;
  return `no connection could be made (${said})`;
}

function seconds(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`;
}
