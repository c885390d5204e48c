// Where what is asked for lies below the path that a proxy serves this program at.

/** The path without the base path, where it begins with that; `base` as `/schelly`, or empty. */
export function pathBelow(base: string, path: string): string {
  if (base === "" || path !== base && !path.startsWith(`${base}/`)) return path;
  return path.slice(base.length) || "/";
}
