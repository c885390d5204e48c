// The rules of who may ask, made once for all that answers over HTTP.

import type { EventSink } from "../ports/events.ts";
import type { Clock } from "../ports/host.ts";
import type { Door } from "../ports/door.ts";
import { type Auth, mayAsk } from "./auth.ts";
import { createIdentify } from "./identify.ts";
import { createLastUses, type LastUses } from "./last_uses.ts";
import { toProblem } from "./problems.ts";

interface DoorParts {
  /** Who may ask, as of now: another object when an edit of the configuration changed it. */
  auth(): Auth;
  hostnames?: readonly string[];
  clock: Clock;
  sink: EventSink;
}

/** A door, and when each caller was last let in by it. */
export interface ApiDoor extends Door {
  uses: LastUses;
}

/** Makes the door of one server: it remembers proved passwords, wrong ones, and who was let in. */
export function createDoor({ auth, hostnames, clock, sink }: DoorParts): ApiDoor {
  const uses = createLastUses(clock);
  const identify = createIdentify(hostnames ?? [], { clock, sink, uses });
  return {
    uses,
    identify: (request, peer) => identify(auth(), request, peer),
    may: (endpoint, caller) => mayAsk(endpoint, caller, auth()),
    ways() {
      const now = auth();
      if (now.kind !== "named") return { isNamed: false, passwords: false, tokens: false };
      return { isNamed: true, passwords: now.users.length > 0, tokens: now.tokens.length > 0 };
    },
    rules: auth,
    refusalOf: toProblem,
  };
}
