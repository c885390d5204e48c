// What the page is handed, and what each request carries on its way to a handler.

import type { Door, Identity } from "../ports/door.ts";
import type { EventSink } from "../ports/events.ts";
import type { HistoryReads } from "../ports/history.ts";
import type { Clock, PeerInfo, Secrets } from "../ports/host.ts";
import type { Caller, Operations } from "../ports/operations.ts";
import type { Reads } from "../ports/store.ts";
import type { Visits } from "../ports/visits.ts";
import type { Notices } from "./notices.ts";
import type { Look } from "./look.ts";
import type { Sessions } from "./sessions.ts";

/** Everything the page may use. */
export interface WebDeps {
  reads: Reads;
  operations: Operations;
  history: Pick<HistoryReads, "jobDays" | "storageDays" | "backupCounts">;
  door: Door;
  /** Asks the API for somebody who is known to the page: whatever they change goes that way, by its rules. */
  askApi(request: Request, peer: PeerInfo, identity: Identity): Promise<Response>;
  /** The path below which a proxy serves this, `/schelly`, as of now; empty: none. */
  basePath(): string;
  /** Where a browser finds this server, `https://backup.example.org/schelly`; undefined: nowhere. */
  address(): string | undefined;
  /** The whole body of a request, at most so many bytes of it; rejects as `Door.refusalOf` can tell. */
  readBody(request: Request, most: number): Promise<Uint8Array<ArrayBuffer>>;
  clock: Clock;
  secrets: Secrets;
  sink: EventSink;
  visits: Visits;
  version: string;
  /** Calls `listener` after each commit that holds events; returns what ends it. */
  subscribe(listener: () => void): () => void;
  /** Aborts when the server stops: ends streams, which would otherwise hold the stop up. */
  closing: AbortSignal;
}

/** The type arguments of Hono. */
export interface WebEnv {
  Bindings: { peer: PeerInfo };
  Variables: {
    /** Unset at what is open to everybody. */
    viewer: Viewer;
    /** Who was found to ask, or not to be let in; unset where nobody looked. */
    identity: Identity | undefined;
  };
}

/** Who looks at a page, and what they may. */
export interface Viewer {
  identity: Identity;
  caller: Caller;
  /** What each form of theirs carries. */
  csrf: string;
  /** Whether the API would let them: `PUT /freeze`. */
  may(endpoint: string): boolean;
  /** They logged in here, and so can log out. */
  hasSession: boolean;
}

/** What every part of the page is made with. */
export interface WebParts extends WebDeps {
  sessions: Sessions;
  notices: Notices;
  /** How all jobs do. */
  look(): Promise<Look>;
}
