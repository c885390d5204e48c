// A policy that somebody tries out: what they wrote, put over the policy in force.

import { formatPolicy, LEVELS, parsePolicy } from "../../domain/policy.ts";

/** The whole policy that an edit makes, in one line; an error says why it makes none. */
type TriedPolicy = { change: string; policy: string } | { change: string; error: string };

/**
 * Reads an edit such as `daily: 3` or `daily=3, weekly=4@SAT`, as a configuration or a command line would have it; what it
 * does not name stays as it is.
 */
export function triedPolicy(text: string, inForce: string): TriedPolicy {
  const change = text.trim().replace(/\s+/g, " ").slice(0, 300);
  const parts = new Map(inForce.split(",").map((part) => entryOf(part)));
  const wanted = change.split(/[,;\n]/).map((part) => part.trim()).filter((part) => part !== "");
  const edited = wanted.map((part) => entryOf(part.replace(/\s*[:=]\s*/, "=")));
  const isLevel = (key: string) => (LEVELS as readonly string[]).includes(key);
  const keepsAll = edited.some(([key, value]) => key === "keep_all" && value !== "false");
  // Counts and keeping all are one or the other.
  if (keepsAll) { for (const level of LEVELS) parts.delete(level); }
  else if (edited.some(([key]) => isLevel(key))) {
    parts.delete("keep_all");
  }
  for (const [key, value] of edited) {
    // Two names of one number; that a policy without levels is one says `keep_last` alone.
    if (key === "keep_last") parts.delete("min_keep");
    parts.set(key === "min_keep" && parts.has("keep_last") ? "keep_last" : key, value);
  }
  const whole = [...parts].map(([key, value]) => value === undefined ? key : `${key}=${value}`).join(",");
  const parsed = parsePolicy(whole);
  return "policy" in parsed
    ? { change, policy: formatPolicy(parsed.policy) }
    : { change, error: parsed.errors.join("; ") };
}

function entryOf(part: string): [key: string, value: string | undefined] {
  const at = part.indexOf("=");
  return at < 0 ? [part.trim(), undefined] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
}
