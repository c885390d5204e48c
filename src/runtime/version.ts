// Which build this is.

/** The same as in deno.json. */
export const VERSION = "0.1.0";

/** The build writes the real one here. */
export const COMMIT = "not built";

/** When what it was built from was written, in ISO 8601; the build writes it here. No right clock shows an earlier time. */
export const BUILT_AT = "not built yet";

/** The same in UTC ms; null where the program runs from its sources. */
export function builtAt(): number | null {
  const time = Date.parse(BUILT_AT);
  return Number.isNaN(time) ? null : time;
}
