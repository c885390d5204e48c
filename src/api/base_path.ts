// Below which path a proxy serves the API: taken off what is asked, and put before the addresses that are answered.

import { getPath } from "hono/utils/url";
import { pathBelow } from "../domain/http/path_below.ts";

/** The path that routes are found by: as Hono reads it, without the base path where it begins with that. */
export function routePath(base: string, request: Request): string {
  return pathBelow(base, getPath(request));
}

/** Puts the base path before the addresses in the headers of an answer that lack it. */
export function addBasePath(base: string, headers: Headers): void {
  if (base === "") return;
  for (const [name, begins] of [["location", /^(?=\/)/], ["link", /^<(?=\/)/]] as const) {
    const value = headers.get(name);
    if (value === null || value.replace("<", "").startsWith(`${base}/`)) continue;
    headers.set(name, value.replace(begins, (start) => `${start}${base}`));
  }
}
