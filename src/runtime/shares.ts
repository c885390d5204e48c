// How many connections and requests there may be at once, and how many of them may be one caller's: worked out from how
// many files the process may have open, so that enough are left for the state, children and providers.

import { isLoopback } from "../domain/http/loopback.ts";

/** Most of one kind at once: all of them, those of one address, and those of this machine. */
export interface Share {
  all: number;
  each: number;
  /** Of loopback, where a proxy stands for many, or of the unix socket. */
  here: number;
}

/** What one listener may take. */
export interface Shares {
  connections: Share;
  /** In the middle of their greeting by TLS, and no connections yet. */
  greetings: number;
  /** Requests under way of callers who are not known; those of known ones may be `kept` more. */
  requests: Share & { kept: number };
}

/** Where the limit is not known, as on a machine without /proc: few systems start a process with less. */
const USUAL_FILES = 1024;

/** Each costs some 30 KiB, and a file. */
const MOST_CONNECTIONS = 2_000;

/** Each may hold a body of 1 MiB, or an answer that its reader is slow to take. */
const MOST_REQUESTS = 1_000;

/** The shares of a listener: half of the files for the network's, an eighth for the unix socket's. */
export function sharesOf(mostFiles: number | undefined, door: "network" | "socket"): Shares {
  const files = (mostFiles ?? USUAL_FILES) / (door === "network" ? 2 : 8);
  const connections = Math.max(8, Math.floor(Math.min(files, MOST_CONNECTIONS)));
  // Fewer than connections, so that some of these are always idle and can make way.
  const requests = Math.min(connections, MOST_REQUESTS);
  const open = Math.floor(requests * 0.8);
  return {
    connections: shareOf(connections, door),
    greetings: Math.ceil(connections / 4),
    requests: { ...shareOf(open, door), kept: requests - open },
  };
}

/** One address gets an eighth, this machine three quarters; the socket is only this machine's. */
function shareOf(all: number, door: "network" | "socket"): Share {
  return {
    all,
    each: Math.max(1, Math.floor(all / 8)),
    here: door === "socket" ? all : Math.floor(all * 0.75),
  };
}

/** How much of a share those who come from `source` may have. */
export function mostOf(share: Share, source: string): number {
  return source === "unix" || isLoopback(source) ? share.here : share.each;
}
