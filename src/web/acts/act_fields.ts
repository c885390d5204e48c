// Fields that several acts ask for.

import { parseInstant } from "../../domain/instant.ts";
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

const LOCAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?$/;

/** UTC ms of a time as a browser sends it, without a zone and meant in UTC, or as the API takes it; undefined: it is none. */
export function timeOf(text: string): number | undefined {
  return parseInstant(LOCAL.test(text) ? `${text}Z` : text);
}

/** Fields that were filled in. */
export function given(fields: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, string] =>
      entry[1] !== undefined && entry[1] !== ""
    ),
  );
}
