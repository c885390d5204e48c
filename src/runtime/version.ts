// Which build this is; the build replaces both values.

export const VERSION = "0.1.0";
export const COMMIT = "unknown";
