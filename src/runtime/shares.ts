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

/**
 * Whom a connection counts for: an IPv4 address, the first half of an IPv6 address, since whoever has one has all that
 * begin so, or `unix`. `remote` as in `PeerInfo`, or without a port.
 */
export function sourceOf(remote: string): string {
  const address = /^\[(.*)\](?::\d+)?$/.exec(remote)?.[1] ?? (isBareIpv6(remote) ? remote : undefined);
  if (address === undefined) return remote.replace(/:\d+$/, "");
  const name = URL.canParse(`http://[${address.replace(/%.*$/, "")}]`)
    ? new URL(`http://[${address.replace(/%.*$/, "")}]`).hostname.slice(1, -1)
    : address;
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(name);
  if (mapped !== null) return ipv4Of(parseInt(mapped[1]!, 16), parseInt(mapped[2]!, 16));
  if (isLoopback(name)) return name;
  return `${firstHalf(name)}::/64`;
}

function isBareIpv6(text: string): boolean {
  return text.split(":").length > 2;
}

function ipv4Of(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/** Of the canonical text of an address. */
function firstHalf(address: string): string {
  const [head = "", tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  const rest = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - groups.length - rest.length }, () => "0");
  return [...groups, ...zeros, ...rest].slice(0, 4).join(":");
}
