// Every page under its address, with what is common to all: who looks, headers, and what is said when something is wrong.

import { type Context, Hono } from "hono";
import { getPath } from "hono/utils/url";
import { methodNotAllowed } from "hono/method-not-allowed";
import { mustHangUp } from "../domain/http/announced_body.ts";
import { pathBelow } from "../domain/http/path_below.ts";
import { standbyText } from "../domain/standby_text.ts";
import type { Refusal } from "../ports/door.ts";
import type { PeerInfo } from "../ports/host.ts";
import { addActivity } from "./activity/activity.tsx";
import { addRunPage } from "./activity/run_page.tsx";
import { addActs } from "./acts/act_routes.tsx";
import { addSettings } from "./settings/settings.tsx";
import { guarded } from "./answer.ts";
import { cameFrom } from "./came_from.ts";
import { findAsset } from "./assets/assets.ts";
import { addBackupPages } from "./backups/backup_routes.tsx";
import { isSecure, sessionToken } from "./cookie.ts";
import { addDeletionsPage } from "./deletions/deletions_routes.tsx";
import type { Viewer, WebEnv, WebParts } from "./deps.ts";
import { addJobPage } from "./job/job_routes.tsx";
import { type Frame, Page } from "./layout.tsx";
import { addLogin } from "./login.tsx";
import { ErrorPage, titleOf } from "./pages/error_page.tsx";
import { addOverview } from "./overview/overview.tsx";
import { addLive } from "./live/live_route.ts";
import { pathsBelow } from "./paths.ts";
import { addRestorePages } from "./restore/restore_routes.tsx";
import { Refused } from "./refused.ts";
import { withSteeringShown } from "./shown_text.ts";
import { tellAnswered } from "./visits.ts";

/** Longer addresses are nobody's. */
const MAX_TARGET = 16 * 1024;
/** Those of any page. */
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST"]);

/** Makes the answerer of all pages. */
export function createPages(parts: WebParts): (request: Request, peer: PeerInfo) => Promise<Response> {
  const { clock, basePath, version, notices } = parts;
  const web = new Hono<WebEnv>({ getPath: (request) => pathBelow(basePath(), getPath(request)) });
  const frameOf = (c: Context<WebEnv>): Frame => {
    const viewer: Viewer | undefined = c.get("viewer");
    const notice = notices.take(c.req.query("said"), viewer?.csrf);
    const paths = pathsBelow(basePath());
    return { paths, viewer: viewer ?? null, version, notice, now: clock.now(), ...standbyOf(parts) };
  };

  web.onError((error, c) => troublePage(c, frameOf(c), refusalOf(error, parts)));
  web.notFound((c) => {
    const detail = `No page is at ${pathOf(c, parts)}: it was moved, or what it showed is gone.`;
    return troublePage(c, frameOf(c), new Refused(404, detail));
  });

  web.use(async (c, next) => {
    const started = clock.monotonic();
    await next();
    if (c.res.headers.get("content-type")?.startsWith("text/html")) {
      c.res = new Response(withSteeringShown(await c.res.text()), c.res);
    }
    const isFile = c.req.path.startsWith("/ui/assets/") && c.res.status === 200;
    guarded(c.res, { isFile, isSecure: isSecure(c.req.raw, c.env.peer) });
    if (mustHangUp(c.req.raw.headers, c.req.raw.bodyUsed)) c.res.headers.set("connection", "close");
    tellAnswered(c, parts, started, c.error);
  });
  web.use(async (c, next) => {
    if (c.req.url.length > MAX_TARGET) throw new Refused(414, "The address is too long for any of ours");
    await next();
  });

  refuseOtherMethods(web, parts, frameOf);

  web.get("/ui", (c) => c.redirect(pathsBelow(basePath()).overview, 308));
  web.get("/ui/assets/:name", (c) => {
    const file = findAsset(c.req.param("name"));
    return file === undefined ? c.notFound() : c.body(file.text, 200, { "content-type": file.type });
  });
  addLogin(web, parts, frameOf);

  web.use(async (c, next) => {
    const viewer = await viewerOf(c, parts);
    if (viewer === "again") {
      return c.html(
        <Page frame={frameOf(c)} title="Schelly" again>
          <p class="soft">One moment …</p>
        </Page>,
      );
    }
    if (viewer === undefined) return strangerAnswer(c, frameOf(c), parts);
    c.set("viewer", viewer);
    await next();
  });

  addOverview(web, parts, frameOf);
  addJobPage(web, parts, frameOf);
  addBackupPages(web, parts, frameOf);
  addRestorePages(web, parts, frameOf);
  addDeletionsPage(web, parts, frameOf);
  addRunPage(web, parts, frameOf);
  addActivity(web, parts, frameOf);
  addSettings(web, parts, frameOf);
  addActs(web, parts, frameOf);
  addLive(web, parts);

  return async (request, peer) => {
    try {
      return await web.fetch(request, { peer });
    } catch (error) {
      const { status, detail } = refusalOf(error as Error, parts);
      const answer = new Response(`${detail}\n`, { status, headers: { "content-type": "text/plain" } });
      return guarded(answer, { isFile: false, isSecure: isSecure(request, peer) });
    }
  };
}

/** Why nothing can be done here. */
function standbyOf({ operations }: WebParts): Pick<Frame, "standby"> {
  const { role, active } = operations.instance();
  return role === "standby" ? { standby: standbyText(active) } : {};
}

type FrameOf = (c: Context<WebEnv>) => Frame;

/** Whether a page has a method is said to strangers too. */
function refuseOtherMethods(web: Hono<WebEnv>, parts: WebParts, frameOf: FrameOf): void {
  const onMethodNotAllowed = (c: Context<WebEnv>, methods: string[]) => {
    const allow = methods.join(", ");
    const detail = `${c.req.method} is not possible at ${pathOf(c, parts)}: expected ${allow}`;
    return troublePage(c, frameOf(c), new Refused(405, detail, { allow }));
  };
  web.use(methodNotAllowed({ app: web, onMethodNotAllowed }));
  web.use(async (c, next) => {
    if (!METHODS.has(c.req.method)) return c.notFound();
    await next();
  });
}

/** As the browser has it, in words. */
function pathOf(c: Context<WebEnv>, { basePath }: WebParts): string {
  return `${basePath()}${c.req.path}`.slice(0, 200);
}

/**
 * Who looks; undefined: nobody who may. `again`: the browser came from elsewhere, and sends its cookie only to a page that
 * one of ours has asked for.
 */
async function viewerOf(
  c: Context<WebEnv>,
  { sessions, door }: WebParts,
): Promise<Viewer | "again" | undefined> {
  const { peer } = c.env;
  const request = c.req.raw;
  const token = sessionToken(request, peer);
  const session = token === undefined ? undefined : sessions.find(token);
  const identity = session ?? await door.identify(request, peer);
  c.set("identity", identity);
  if (identity.refusal !== undefined) throw identity.refusal;
  const { caller } = identity;
  const isFromElsewhere = c.req.method === "GET" && c.req.header("sec-fetch-site") === "cross-site";
  if (token === undefined && isFromElsewhere && (caller === null || identity.by === "nothing")) {
    return "again";
  }
  // Who opens the door for all to look lets them look at pages too.
  if (caller === null || !door.may("GET /status", caller)) return undefined;
  return {
    identity,
    caller,
    csrf: sessions.csrfOf(token, caller.name),
    may: (endpoint) => door.may(endpoint, caller),
    hasSession: session !== undefined,
  };
}

/** To the log-in, and from there back; whoever was in the middle of something hears that nothing was changed. */
function strangerAnswer(
  c: Context<WebEnv>,
  frame: Frame,
  { basePath }: WebParts,
): Response | Promise<Response> {
  const { logIn } = frame.paths;
  if (c.req.header("hx-request") !== undefined) return c.body(null, 401);
  if (c.req.method !== "GET" && c.req.method !== "HEAD") {
    const trouble = {
      status: 401,
      title: titleOf(401),
      detail: "Your session is over, and nothing was changed: log in, and do it once more.",
      way: { href: `${logIn}?next=${encodeURIComponent(cameFrom(c, basePath()))}`, words: "Log in" },
    };
    return c.html(<ErrorPage frame={frame} trouble={trouble} />, 401);
  }
  const { pathname, search } = new URL(c.req.url);
  const next = pathname + search;
  return c.redirect(next === frame.paths.overview ? logIn : `${logIn}?next=${encodeURIComponent(next)}`, 303);
}

function refusalOf(error: Error, { door }: WebParts): Refusal {
  return error instanceof Refused ? error : door.refusalOf(error);
}

function troublePage(
  c: Context<WebEnv>,
  frame: Frame,
  { status, detail, headers, way }: Refusal & Pick<Refused, "way">,
): Response | Promise<Response> {
  for (const [name, value] of Object.entries(headers)) {
    // What a browser would ask the name and password by, in a window of its own.
    if (name !== "www-authenticate") c.header(name, value);
  }
  const trouble = {
    ...{ status, title: titleOf(status), detail },
    ...(way === undefined ? {} : { way: way(frame.paths) }),
  };
  return c.html(<ErrorPage frame={frame} trouble={trouble} />, status as 400);
}
