// People whom a proxy has logged in: by the headers in which it names them, which count for nothing from anybody else.

import { sourceOf } from "../domain/http/source_of.ts";
import type { EventSink } from "../ports/events.ts";
import type { Clock, PeerInfo } from "../ports/host.ts";
import type { Caller } from "../ports/operations.ts";
import { higherRole, type ProxyAuth } from "./auth.ts";
import { Problem } from "./problems.ts";

/** Of whom it is told that their word was not taken; the rest would be a flood. */
const MOST_TOLD = 20;
const LONGEST_NAME = 128;
/** Names of callers that are nobody's: whoever had one would look like them in the history. */
const OURS: ReadonlySet<string> = new Set(["socket", "anonymous"]);

interface Proxied {
  caller: Caller | null;
  claimed: string;
  /** Groups that gave a role. */
  groups: string[];
  refusal?: Problem;
}

/** Whom the proxy names; undefined where it names nobody, or whoever sends the header is none that is trusted. */
export function proxiedCaller(
  { user, groups: header, roles, role }: ProxyAuth,
  { headers }: Request,
  peer: PeerInfo,
): Proxied | undefined {
  const name = utf8Of(headers.get(user)?.trim() ?? "");
  if (peer.proxy === undefined || name === "") return undefined;
  // Sent twice, once by the caller: the proxy adds to the header where it should replace it.
  if (name.includes(",") || name.length > LONGEST_NAME) {
    const detail =
      `The proxy names no single user in ${user}: it has to set that header itself, and drop any that comes`;
    return {
      caller: null,
      claimed: name.slice(0, LONGEST_NAME),
      groups: [],
      refusal: new Problem(403, detail),
    };
  }
  if (OURS.has(name)) {
    const refusal = new Problem(
      403,
      `'${name}' is how Schelly calls who shows no name: expected another one of the proxy`,
    );
    return { caller: null, claimed: name, groups: [], refusal };
  }
  const sent = header === undefined ? "" : utf8Of(headers.get(header) ?? "");
  const groups = sent.split(/[,|]/).map((group) => group.trim()).filter((group) =>
    Object.hasOwn(roles, group)
  );
  const highest = groups.map((group) => roles[group]).reduce(higherRole, role);
  if (highest !== undefined) {
    return { caller: { name, role: highest }, claimed: name, groups: groups.length === 0 ? ["*"] : groups };
  }
  const detail =
    `'${name}' has no role here: none of the groups that the proxy tells is in server.auth.proxy_header.roles`;
  return { caller: null, claimed: name, groups, refusal: new Problem(403, detail) };
}

/** A header comes as bytes, one a character; where these are no UTF-8, it stays as it is. */
function utf8Of(header: string): string {
  try {
    const bytes = Uint8Array.from(header, (char) => char.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return header;
  }
}

/** Tells, once of each, who sends the header without being trusted. */
export function createIgnoredHeaders({ clock, sink }: { clock: Pick<Clock, "now">; sink: EventSink }) {
  const told = new Set<string>();
  return ({ user }: ProxyAuth, { headers }: Request, { remote, proxy }: PeerInfo): void => {
    if (proxy !== undefined || !headers.has(user)) return;
    const source = sourceOf(remote);
    if (told.has(source) || told.size >= MOST_TOLD) return;
    told.add(source);
    sink.emit({
      type: "http.ignored",
      level: "warning",
      at: clock.now(),
      message:
        `The header ${user} from ${source} is ignored: only addresses of server.trusted_proxies are believed`,
      data: { remote: source },
    });
  };
}
