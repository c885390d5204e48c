// Whom an address counts for where limits are set: what one person or machine can have many of is one.

import { isLoopback } from "./loopback.ts";

/**
 * Whom a connection counts for: an IPv4 address, the first half of an IPv6 address, since whoever has one has all that
 * begin so, or `unix`. `remote` as in `PeerInfo`, or without a port.
 */
export function sourceOf(remote: string): string {
  const address = addressOf(remote);
  if (!address.includes(":")) return address;
  const name = URL.canParse(`http://[${address.replace(/%.*$/, "")}]`)
    ? new URL(`http://[${address.replace(/%.*$/, "")}]`).hostname.slice(1, -1)
    : address;
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(name);
  if (mapped !== null) return ipv4Of(parseInt(mapped[1]!, 16), parseInt(mapped[2]!, 16));
  if (isLoopback(name)) return name;
  return `${firstHalf(name)}::/64`;
}

/** The address alone, without port and brackets; what is none, such as `unix`, stays. */
export function addressOf(remote: string): string {
  const bracketed = /^\[(.*)\](?::\d+)?$/.exec(remote)?.[1];
  if (bracketed !== undefined) return bracketed;
  return remote.split(":").length > 2 ? remote : remote.replace(/:\d+$/, "");
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
