// Where a form was: the page to go back to when it was not taken.

import type { Context } from "hono";
import { localPath } from "./local_path.ts";

/** The page of ours that sent this request, as its browser tells; the overview where it tells nothing. */
export function cameFrom(c: Context, base: string): string {
  const said = c.req.header("referer");
  if (said === undefined || !URL.canParse(said)) return localPath(undefined, base);
  const { pathname, search } = new URL(said);
  return localPath(pathname + search, base);
}
