// What others wrote, as a page shows it: nothing of theirs turns or hides the words around it.

import { STEERING, written } from "../domain/steering.ts";

/** Text between tags, and in the attributes that are read out or pointed at; what a form sends back stays as it is. */
const SHOWN = /<textarea\b[^]*?<\/textarea>|>[^<]+|\b(?:title|aria-label|placeholder)="[^"]*"/g;
const OF_LAYOUT = new Set(["\n", "\t", "\r"]);

/** The page with each character that could steer its text written `\u{202e}`. */
export function withSteeringShown(html: string): string {
  return html.replace(
    SHOWN,
    (part) =>
      part.startsWith("<textarea")
        ? part
        : part.replace(STEERING, (found) => OF_LAYOUT.has(found) ? found : written(found)),
  );
}
