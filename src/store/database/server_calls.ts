// Calls to a state server: each is bounded in time and size, follows no redirect, and takes nothing for an answer that is
// none. The SQL library sets no limit of its own, and sends its token wherever it is led.

import type { Clock, Http } from "../../ports/host.ts";

/** The ports that calls need. */
export interface CallPorts {
  http: Http;
  clock: Pick<Clock, "timeout">;
}

/** The server answered, but not what was asked of it. */
export class ServerRefusal extends Error {
  constructor(
    /** HTTP. */
    readonly status: number,
    /** What the server says itself, or what its answer is. */
    message: string,
    readonly kind: "refused" | "redirect" | "foreign",
  ) {
    super(message);
    this.name = "ServerRefusal";
  }
}

/** No answer of ours comes near it: a decision over a million backups has a hundred megabytes. */
const MOST_BYTES = 512 * 1024 * 1024;
/** Of what a server says when it refuses. */
const MOST_WORDS_BYTES = 4 * 1024;
const MOST_SHOWN = 200;

/** What the SQL library is to call instead of `fetch`. Rejects with `ServerRefusal`, or as `fetch` does. */
export function boundedFetch(ports: CallPorts, limitMs: number): (request: Request) => Promise<Response> {
  return (request) =>
    within(ports, limitMs, async (signal) => {
      const response = await ports.http(new Request(request, { signal, redirect: "manual" }));
      const { status } = response;
      if (status >= 300 && status < 400) {
        await response.body?.cancel();
        const to = response.headers.get("location") ?? "nowhere";
        throw new ServerRefusal(status, `it leads elsewhere (${status}), to ${shown(to)}`, "redirect");
      }
      if (!response.ok) throw refusal(status, await textOf(response, MOST_WORDS_BYTES));
      const body = await bytesOf(response, MOST_BYTES);
      if (body[0] !== OPENING_BRACE) {
        const text = new TextDecoder().decode(body.subarray(0, MOST_WORDS_BYTES));
        const said = text.trim() === "" ? "nothing" : shown(text);
        throw new ServerRefusal(status, `it answers ${status} with ${said}`, "foreign");
      }
      return new Response(body, { status, headers: response.headers });
    });
}

const OPENING_BRACE = "{".charCodeAt(0);

/**
 * Whether the server at `url` says that it is a replica, which passes writes on and may be behind in what is read. What
 * says nothing of it, or does not answer, is none.
 */
export async function isReplica(
  ports: CallPorts,
  call: { url: string; token: string | null; limitMs: number },
): Promise<boolean> {
  const dump = new URL("dump", call.url.replace(/^libsql:/, "https:").replace(/\/*$/, "/"));
  const headers: Record<string, string> = call.token === null
    ? {}
    : { authorization: `Bearer ${call.token}` };
  const ask = (method: string) =>
    within(ports, call.limitMs, async (signal) => {
      const response = await ports.http(new Request(dump, { method, headers, signal, redirect: "manual" }));
      if (response.status === 400) return await textOf(response, MOST_WORDS_BYTES);
      await response.body?.cancel();
      return undefined;
    });
  try {
    // Only a primary has a dump, which nobody wants to have begun for this: the head says first whether there is one.
    return await ask("HEAD") !== undefined && /not a primary/i.test(await ask("GET") ?? "");
  } catch {
    return false;
  }
}

async function within<T>(
  { clock }: Pick<CallPorts, "clock">,
  limitMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = clock.timeout(limitMs);
  try {
    return await work(limit.signal);
  } catch (error) {
    if (error instanceof ServerRefusal || !limit.signal.aborted) throw error;
    throw new Error(`no whole answer came within ${limitMs / 1000} s`, { cause: error });
  } finally {
    limit.dispose();
  }
}

/** A libSQL server says why in JSON or in plain words; anything else is another program's page. */
function refusal(status: number, body: string): ServerRefusal {
  const said = wordsOf(body);
  if (said !== undefined) return new ServerRefusal(status, `${said} (${status})`, "refused");
  // Others in between refuse for it with pages of their own; these say that there is nothing of the kind.
  const kind = status === 404 || status === 405 || status === 501 ? "foreign" : "refused";
  return new ServerRefusal(status, `it answers ${status}`, kind);
}

function wordsOf(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== "object" || parsed === null) return undefined;
    const said = "error" in parsed ? parsed.error : "message" in parsed ? parsed.message : undefined;
    return typeof said === "string" && said !== "" ? shown(said) : undefined;
  } catch {
    return undefined;
  }
}

/** On one line, and not all of what is long. */
function shown(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return `'${line.length > MOST_SHOWN ? `${line.slice(0, MOST_SHOWN)}…` : line}'`;
}

async function textOf(response: Response, most: number): Promise<string> {
  return new TextDecoder().decode(await bytesOf(response, most, "cut").catch(() => new Uint8Array()));
}

/** Rejects where there are more, unless that is to be cut. */
async function bytesOf(
  response: Response,
  most: number,
  more: "cut" | "refuse" = "refuse",
): Promise<Uint8Array<ArrayBuffer>> {
  if (response.body === null) return new Uint8Array();
  const reader = response.body.getReader();
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    size += value.length;
    if (size <= most) continue;
    await reader.cancel().catch(() => {});
    if (more === "cut") break;
    throw new Error(`its answer has more than ${most / 1024 / 1024} MiB`);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
