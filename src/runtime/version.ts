// Which build this is.

/** The same as in deno.json. */
export const VERSION = "0.1.0";

/** The build writes the real one here. */
export const COMMIT = "not built";
