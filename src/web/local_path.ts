// Addresses that a request names as where to go on: ours, or none.

/** The path where it is one of our pages, and the overview where it is anything else; `base` as `/schelly`, or empty. */
export function localPath(path: string | undefined | null, base: string): string {
  const isOurs = typeof path === "string" && /^[!-~]{1,2000}$/.test(path) && path.startsWith(`${base}/ui/`) &&
    !/[\\<>"]/.test(path);
  return isOurs ? path : `${base}/ui/`;
}
