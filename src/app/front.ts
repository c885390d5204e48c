// The API and the page behind one address: what lies below /ui is the page's, all else the API's; part of the
// composition root.

import type { ApiDeps } from "../api/deps.ts";
import { pathBelow } from "../domain/http/path_below.ts";
import type { HistoryReads } from "../ports/history.ts";
import type { RequestHandler, Secrets } from "../ports/host.ts";
import type { Visits } from "../ports/visits.ts";

/** What both are made of. */
interface FrontParts extends ApiDeps {
  visits: Visits;
  secrets: Secrets;
  history: Pick<HistoryReads, "jobDays" | "storageDays" | "backupCounts">;
  closing: AbortSignal;
  /** Where a browser finds this server; undefined: nowhere. */
  address(): string | undefined;
}

/** Loads the API, and the page once somebody looks at it. */
export async function loadFront(parts: FrontParts): Promise<RequestHandler> {
  const { createApi, createDoor, readWhole } = await import("../api/mod.ts");
  const { clock } = parts;
  const door = createDoor(parts);
  const api = createApi(parts, door);
  const base = () => parts.basePath?.() ?? "";
  let page: Promise<RequestHandler> | undefined;
  const loadPage = async (): Promise<RequestHandler> => {
    const { createWeb } = await import("../web/mod.ts");
    return createWeb({
      ...parts,
      door,
      askApi: api,
      basePath: base,
      readBody: (request, most) => readWhole(request, clock, most),
    });
  };
  return async (request, peer) => {
    const path = pathBelow(base(), new URL(request.url).pathname);
    if (path === "/" && isBrowser(request)) {
      const headers = { location: `${base()}/ui/`, vary: "accept", "cache-control": "no-store" };
      return new Response(null, { status: 302, headers });
    }
    if (path !== "/ui" && !path.startsWith("/ui/")) return await api(request, peer);
    page ??= loadPage().catch((error) => {
      page = undefined;
      throw error;
    });
    return await (await page)(request, peer);
  };
}

/** Whoever types the address of the server wants the page; programs name no HTML, and get what the API has there. */
function isBrowser({ method, headers }: Request): boolean {
  return method === "GET" && headers.get("accept")?.startsWith("text/html") === true;
}
