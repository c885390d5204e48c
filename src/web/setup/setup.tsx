// The page while there is no configuration yet: how to begin, and what is wrong with the file that was begun.

import { isForeign } from "./own_host.ts";
import { guarded } from "../answer.ts";
import { findAsset } from "../assets/assets.ts";
import { ConfigIssues } from "../components/config_issues.tsx";
import { type Frame, Page } from "../layout.tsx";
import { StartingPoints } from "../overview/first_run.tsx";
import { pathsBelow } from "../paths.ts";
import type { ConfigIssue } from "../../domain/errors.ts";
import type { Clock, RequestHandler } from "../../ports/host.ts";

/** What it is made of. */
interface SetupParts {
  clock: Pick<Clock, "now">;
  version: string;
  /** Where the file is looked for first. */
  file: string;
  /** Why what is there cannot be used; empty: nothing is there. */
  issues(): readonly ConfigIssue[];
  /** How often that has changed. */
  turn(): number;
}

const ASSETS = "/ui/assets/";
const WAITING = "There is no configuration yet: nothing is scheduled.\n";

/** Answers browsers with the page, and everybody else that nothing is scheduled; shows nothing to other names of this host. */
export function createSetup(parts: SetupParts): RequestHandler {
  return (request) => {
    const { pathname } = new URL(request.url);
    const answer = answerTo(request, pathname, parts);
    const isFile = pathname.startsWith(ASSETS) && answer.status === 200;
    return guarded(answer, { isFile, isSecure: false });
  };
}

function answerTo(request: Request, pathname: string, parts: SetupParts): Response {
  const plain = { "content-type": "text/plain; charset=utf-8" };
  if (isForeign(request)) {
    return new Response("This is not the name of this server.\n", { status: 421, headers: plain });
  }
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (isRead && pathname.startsWith(ASSETS)) {
    const file = findAsset(pathname.slice(ASSETS.length));
    if (file !== undefined) return new Response(file.text, { headers: { "content-type": file.type } });
  }
  const isPage = pathname === "/" || pathname === "/ui" || pathname.startsWith("/ui/");
  if (!isRead || !isPage || request.headers.get("accept")?.includes("text/html") !== true) {
    return new Response(WAITING, { status: 503, headers: { ...plain, "retry-after": "5" } });
  }
  const frame = { paths: pathsBelow(""), viewer: null, version: parts.version, now: parts.clock.now() };
  const page = String(SetupPage({ frame, file: parts.file, issues: parts.issues(), turn: parts.turn() }));
  return new Response(page, { headers: { "content-type": "text/html; charset=utf-8" } });
}

interface SetupPageProps {
  frame: Frame;
  file: string;
  issues: readonly ConfigIssue[];
  turn: number;
}

/** The page itself. */
export function SetupPage({ frame, file, issues, turn }: SetupPageProps) {
  return (
    <Page frame={frame} title="How to begin">
      <div class="stack" data-setup={String(turn)}>
        <div class="stack-s">
          <h1>{issues.length === 0 ? "Nothing is backed up yet." : "Almost there."}</h1>
          <p class="lead">
            {issues.length === 0
              ? "There is no configuration. Write one of these to the file below: Schelly begins by itself as soon as it is there."
              : "There is a configuration now. Schelly begins by itself as soon as it is right."}
          </p>
          <p>
            <code>{file}</code>
          </p>
        </div>
        {issues.length === 0
          ? null
          : <ConfigIssues issues={issues} then="The same stands in the terminal." />}
        <StartingPoints />
      </div>
    </Page>
  );
}
