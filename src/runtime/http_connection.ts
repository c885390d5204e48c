// One connection that was taken: HTTP/1.1 or 2 is spoken on it by the runtime's own server, and it can be ended apart
// from all others.

import type { PeerInfo, Standing } from "../ports/host.ts";
import { type AnswerGate, turnedAway } from "./answer_gate.ts";
import { systemClock } from "./clock.ts";
import type { ConnectionBook, Held } from "./connection_book.ts";
import { refuseNoRequest } from "./no_request.ts";
import { writeError } from "./terminal.ts";

/** What is done with what connections ask. */
export interface Service {
  serve: AnswerGate["serve"];
  standingOf(request: Request, peer: PeerInfo): Standing;
  peerOf(peer: PeerInfo, headers: Headers | undefined): PeerInfo;
  book: ConnectionBook;
  /** Most connections in the middle of their greeting by TLS. */
  mostGreetings(): number;
}

/** An open connection. */
export interface HttpConnection {
  /** Ends it once what is under way was answered; resolves then. */
  finish(): Promise<void>;
  /** Ends it at once. */
  cut(): void;
  /** Resolves when it has ended. */
  ended: Promise<void>;
}

/** Most requests under way on one connection of HTTP/2; the runtime lets 200 come. */
const MOST_STREAMS = 32;

/** How long the last bytes of an answer that was given may take to leave. */
const LAST_BYTES_MS = 200;

/**
 * The server of one connection that the runtime has beside `Deno.serve`, which knows only whole listeners. `signal` is
 * only listened to; its listener throws once the connection has ended. `shutdown` is for those whose `finished` was
 * rejected: they keep their memory until then. Before, where nothing is under way, Deno 2.6 panics.
 */
type SpeakHttp = (
  taken: Deno.Conn,
  signal: { addEventListener(type: "abort", cut: () => void): void },
  handler: (request: Request, info: { completed: Promise<void> }) => Promise<Response>,
  onError: (error: unknown) => Response,
  onListen: () => void,
) => { finished: Promise<void>; shutdown(): Promise<void> };

/** Throws where the runtime has no such server. */
export function findSpeaker(): SpeakHttp {
  // Not typed, as it is no part of the published interface: Deno 2.0 to 2.9 have it.
  const runtime = Deno as unknown as
    & { internal: symbol }
    & Record<symbol, { serveHttpOnConnection?: SpeakHttp }>;
  const speak = runtime[runtime.internal]?.serveHttpOnConnection;
  if (speak === undefined) {
    throw new Error(`Deno ${Deno.version.deno} cannot serve single connections: expected Deno 2.6 to 2.9`);
  }
  return speak;
}

/** Serves what comes on a connection; undefined, and it is closed, where there is no room for it. */
export function openConnection(
  taken: Deno.Conn,
  peer: PeerInfo,
  { serve, standingOf, peerOf, book }: Service,
): HttpConnection | undefined {
  const underWay = createUnderWay();
  const scissors = createScissors();
  const held: Held = {
    remote: peer.remote,
    isProxy: !peer.local && peerOf(peer, undefined).proxy !== undefined,
    isKnown: peer.local,
    hasAsked: false,
    idleSince: systemClock.monotonic(),
    untakenSince: underWay.untakenSince,
    cut: scissors.cut,
  };
  if (!book.admit(held)) {
    taken.close();
    return undefined;
  }
  /** Its answers are the last ones. */
  let isLast = false;
  underWay.whenNone = () => {
    held.idleSince = systemClock.monotonic();
    book.rest(held);
  };

  async function answer(request: Request, info: { completed: Promise<void> }): Promise<Response> {
    if (underWay.size() >= MOST_STREAMS) {
      return turnedAway(`${underWay.size()} requests of this connection are under way already`);
    }
    const refusal = refuseNoRequest(request);
    if (refusal !== undefined) return refusal;
    const { completed, over, answered } = underWay.begin();
    book.busy(held);
    held.hasAsked = true;
    info.completed.then(over, over);
    const caller = peer.local ? peer : peerOf(peer, request.headers);
    const standing = peer.local ? "known" : standingOf(request, caller);
    held.isKnown ||= standing === "known";
    const response = await serve(truthful(request, scissors.isCut), { completed, standing }, caller);
    // A stream goes on for as long as its reader likes.
    if (!response.headers.get("content-type")?.startsWith("text/event-stream")) answered();
    if (isLast) response.headers.set("connection", "close");
    return response;
  }

  const end = () => {
    book.leave(held);
    underWay.endAll();
  };
  try {
    const spoken = findSpeaker()(taken, scissors.signal, answer, onError, () => {});
    const ended = spoken.finished.then(end, () => {
      // The other side went away in the middle: unheard, that would end the process. Not waited for, as it waits for
      // answers that nobody is there to take.
      spoken.shutdown().catch(() => {});
      end();
    });
    return {
      ended,
      cut: scissors.cut,
      async finish() {
        isLast = true;
        await underWay.none();
        const left = held.idleSince + LAST_BYTES_MS - systemClock.monotonic();
        if (held.hasAsked && left > 0) await Promise.race([ended, systemClock.sleep(left)]);
        scissors.cut();
        await ended;
      },
    };
  } catch {
    // The other side has gone by now.
    end();
    return undefined;
  }
}

/** Cuts a connection once it is spoken on with `signal`. */
function createScissors() {
  let cutByRuntime = () => {};
  let isCut = false;
  return {
    signal: { addEventListener: (_type: "abort", cut: () => void) => void (cutByRuntime = cut) },
    isCut: () => isCut,
    cut() {
      isCut = true;
      try {
        cutByRuntime();
      } catch {
        // It has ended by itself.
      }
    },
  };
}

/** Counts the requests under way on one connection, and knows since when their answers wait to be taken. */
function createUnderWay() {
  /** By what ends each: since when (monotonic) its answer waits. */
  const all = new Map<() => void, number | undefined>();
  const waiting = new Set<() => void>();

  const counted = {
    /** Called each time the last one has ended. */
    whenNone() {},
    size: () => all.size,
    /** One more. It is under way until `over`, and waits to be taken from `answered` on. */
    begin() {
      const { promise: completed, resolve } = Promise.withResolvers<void>();
      const over = () => {
        resolve();
        if (!all.delete(over) || all.size > 0) return;
        counted.whenNone();
        for (const tell of waiting) tell();
        waiting.clear();
      };
      all.set(over, undefined);
      const answered = () => void (all.has(over) && all.set(over, systemClock.monotonic()));
      return { completed, over, answered };
    },
    untakenSince(): number | undefined {
      const since = [...all.values()].filter((since) => since !== undefined);
      return since.length === 0 ? undefined : Math.min(...since);
    },
    endAll() {
      for (const over of all.keys()) over();
    },
    none: () => all.size === 0 ? Promise.resolve() : new Promise<void>((resolve) => waiting.add(resolve)),
  };
  return counted;
}

/** The request with a body that breaks off when we cut it: the runtime ends it then as if all of it had come. */
function truthful(request: Request, isCut: () => boolean): Request {
  if (request.body === null) return request;
  const reader = request.body.getReader();
  const body = new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (isCut()) throw new Error("the connection was cut");
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
  return new Request(request, { body });
}

/** The handler makes answers of its own errors; what arrives here is a bug, told on standard error only. */
function onError(error: unknown): Response {
  const text = error instanceof Error ? error.stack ?? error.message : String(error);
  writeError(`A request could not be answered: ${text}\n`);
  return new Response("Internal error\n", { status: 500 });
}
