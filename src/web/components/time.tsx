// Points in time and spans as the page writes them: how far from now, and in full for whoever asks.

import { spanText } from "../../domain/notify/words.ts";
import { fullText } from "./zone_text.ts";

interface AgoProps {
  /** ISO 8601. */
  at: string | null;
  now: number;
  /** In the place of null; by default a dash. */
  none?: string;
  /** Whose clock tells it in full. */
  zone?: string;
}

/** `5 h ago`, `in 20 min`; kept right by the page. */
export function Ago({ at, now, none = "–", zone = "UTC" }: AgoProps) {
  if (at === null) return <span class="faint">{none}</span>;
  return (
    <time datetime={at} title={fullText(Date.parse(at), zone)} data-ago="">
      {agoText(Date.parse(at), now)}
    </time>
  );
}

/** `2 d`, since then. */
export function For({ since, now, zone = "UTC" }: { since: string | null; now: number; zone?: string }) {
  if (since === null) return null;
  return (
    <time datetime={since} title={`since ${fullText(Date.parse(since), zone)}`}>
      {farText(now - Date.parse(since))}
    </time>
  );
}

/** `5 h ago` of the past, `in 5 h` of the future. */
export function agoText(at: number, now: number): string {
  return at > now ? `in ${farText(at - now)}` : `${farText(now - at)} ago`;
}

function farText(ms: number): string {
  return ms < 60_000 ? "under a minute" : spanText(ms);
}
