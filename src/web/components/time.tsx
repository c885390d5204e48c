// Points in time and spans as the page writes them: how far from now, and in full for whoever asks.

import { spanText } from "../../domain/notify/words.ts";

/** `5 h ago`, `in 20 min`; kept right by the page. `at` in ISO 8601; null: `none`, by default a dash. */
export function Ago({ at, now, none = "–" }: { at: string | null; now: number; none?: string }) {
  if (at === null) return <span class="faint">{none}</span>;
  return <time datetime={at} title={fullText(at)} data-ago="">{agoText(Date.parse(at), now)}</time>;
}

/** `2 d`, since then. */
export function For({ since, now }: { since: string | null; now: number }) {
  if (since === null) return null;
  return <time datetime={since} title={`since ${fullText(since)}`}>{farText(now - Date.parse(since))}</time>;
}

/** `5 h ago` of the past, `in 5 h` of the future. */
export function agoText(at: number, now: number): string {
  return at > now ? `in ${farText(at - now)}` : `${farText(now - at)} ago`;
}

function farText(ms: number): string {
  return ms < 60_000 ? "under a minute" : spanText(ms);
}

function fullText(at: string): string {
  return at.replace("T", " ").replace(/\.\d+Z$/, " UTC");
}
