// Whom a request comes from when it came through proxies: what those that are trusted say, and nobody else.

import { type AddressRange, isWithin } from "./address_range.ts";
import { addressOf } from "./source_of.ts";

/** Whom a connection comes from, as `PeerInfo` has it. */
interface Peer {
  local: boolean;
  remote: string;
}

interface Head {
  get(name: string): string | null;
}

/**
 * The peer of a request, `remote` being the first address from the right that is no trusted proxy's, and `proxy` the one
 * that the connection comes from. Others' words on it are left alone.
 */
export function peerBehind<P extends Peer>(
  trusted: readonly AddressRange[],
  peer: P,
  headers: Head,
): P & { proxy?: string } {
  const proxy = addressOf(peer.remote);
  if (peer.local || !isWithin(trusted, proxy)) return peer;
  return { ...peer, remote: forwardedFor(trusted, headers) ?? peer.remote, proxy };
}

/**
 * Undefined where nothing is said, or where the two headers disagree: then one of them is the caller's own, which the
 * proxy let through.
 */
function forwardedFor(trusted: readonly AddressRange[], headers: Head): string | undefined {
  const [usual, standard] = [headers.get("x-forwarded-for"), headers.get("forwarded")];
  const found = [
    usual === null ? undefined : nearestStranger(trusted, usual.split(",")),
    standard === null ? undefined : nearestStranger(trusted, standard.split(",").map(forIn)),
  ];
  if (usual !== null && standard !== null) return found[0] === found[1] ? found[0] : undefined;
  return found[0] ?? found[1];
}

/** The last that no trusted proxy has; the first of all where they all are trusted. */
function nearestStranger(trusted: readonly AddressRange[], hops: readonly string[]): string | undefined {
  const addresses = hops.map((hop) => addressOf(hop.trim()));
  for (const address of addresses.toReversed()) {
    // Not an address, such as `unknown`: what stands before it was not said by a proxy that we know.
    if (!isAddress(address)) return undefined;
    if (!isWithin(trusted, address)) return address;
  }
  return addresses[0];
}

/** `for` of one element of `Forwarded`. */
function forIn(element: string): string {
  const [, value = ""] = /(?:^|;)\s*for=("[^"]*"|[^;\s]*)/i.exec(element.trim()) ?? [];
  return value.replaceAll('"', "");
}

function isAddress(text: string): boolean {
  return isWithin(EVERYWHERE, text);
}

const EVERYWHERE: readonly AddressRange[] = [{ bytes: Array(16).fill(0), bits: 0 }];
