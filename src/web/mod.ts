// The front door of the page: what holds for every request, then the pages.

import type { PeerInfo } from "../ports/host.ts";
import type { WebDeps } from "./deps.ts";
import { createNotices } from "./notices.ts";
import { createLook } from "./look.ts";
import { createPages } from "./pages.tsx";
import { createSessions } from "./sessions.ts";

export type { WebDeps } from "./deps.ts";

/** The page as a function from request to answer; it never rejects. */
export function createWeb(deps: WebDeps): (request: Request, peer: PeerInfo) => Promise<Response> {
  const sessions = createSessions({ ...deps, rules: deps.door.rules });
  return createPages({ ...deps, sessions, notices: createNotices(deps.secrets), look: createLook(deps) });
}
