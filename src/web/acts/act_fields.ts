// Fields that several acts ask for.

import type { ActField } from "./act.ts";

export const REASON: ActField = {
  name: "reason",
  label: "Why",
  kind: "text",
  hint: "Shown to whoever meets it later.",
};
export const UNTIL: ActField = {
  name: "until",
  label: "Until",
  kind: "time",
  optional: true,
  hint: "In UTC. Left empty: until somebody ends it.",
};

/** Fields that were filled in. */
export function given(fields: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, string] =>
      entry[1] !== undefined && entry[1] !== ""
    ),
  );
}
