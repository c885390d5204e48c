// What the API is handed, and what each request carries on its way to a handler.

import type { OpenAPIHono } from "@hono/zod-openapi";
import type { ClockWatch } from "../ports/clock_watch.ts";
import type { Identity } from "../ports/door.ts";
import type { EventSink } from "../ports/events.ts";
import type { Clock, PeerInfo } from "../ports/host.ts";
import type { Caller, Operations } from "../ports/operations.ts";
import type { Reads } from "../ports/store.ts";
import type { Visits } from "../ports/visits.ts";
import type { Auth } from "./auth.ts";

/** Everything the API may use. */
export interface ApiDeps {
  reads: Reads;
  operations: Operations;
  /** Who may ask, as of now: another object when an edit of the configuration changed it. */
  auth(): Auth;
  /** Names beside loopback ones under which people reach the server; the `listen` host belongs here. */
  hostnames?: readonly string[];
  /** The path below which a proxy serves this, `/schelly`, as of now; absent: none. */
  basePath?: () => string | undefined;
  clock: Clock;
  watch: Pick<ClockWatch, "read">;
  sink: EventSink;
  /** Keeps who asked for what; absent: nobody does. */
  visits?: Visits;
  version: string;
  /** Calls `listener` after each commit that holds events; returns what ends it. */
  subscribe(listener: () => void): () => void;
  /** Aborts when the server stops: ends event streams, which would otherwise hold the stop up. */
  closing?: AbortSignal;
}

/** The type arguments of Hono: what comes in beside the request, and what middleware leaves for handlers. */
export interface ApiEnv {
  Bindings: { peer: PeerInfo; clock: Clock; vouched?: Identity };
  Variables: {
    /** Null: no valid credentials; only open endpoints get this far then. */
    caller: Caller | null;
    /** How that was found out; unset at what is open to everybody. */
    identity: Identity | undefined;
    /** Set once the whole body was read. */
    isBodyRead: true | undefined;
  };
}

export type Api = OpenAPIHono<ApiEnv>;
