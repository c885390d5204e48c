// The files of the page, in the program itself; each under an address that holds its digest, and so for ever.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import htmx from "htmx.org/dist/htmx.min.js" with { type: "text" };
import worker from "./live_worker.js" with { type: "text" };
import page from "./page.js" with { type: "text" };
import mark from "./mark.svg" with { type: "text" };
import pictures from "./pictures.css" with { type: "text" };
import style from "./style.css" with { type: "text" };

interface Asset {
  text: string;
  type: string;
}

const SCRIPT = "text/javascript; charset=utf-8";

const FILES = {
  // Zero-Clause BSD, https://htmx.org
  "htmx.js": { text: htmx, type: SCRIPT },
  "live_worker.js": { text: worker, type: SCRIPT },
  "page.js": { text: page, type: SCRIPT },
  "pictures.css": { text: pictures, type: "text/css; charset=utf-8" },
  "style.css": { text: style, type: "text/css; charset=utf-8" },
  "mark.svg": { text: mark, type: "image/svg+xml; charset=utf-8" },
} as const satisfies Record<string, Asset>;

export type AssetName = keyof typeof FILES;

/** The last part of an address, such as `style.0a1b2c3d4e5f.css`. */
const NAMES = new Map(
  (Object.entries(FILES) as [AssetName, Asset][]).map(([name, { text }]) => {
    const digest = bytesToHex(sha256(new TextEncoder().encode(text))).slice(0, 12);
    return [name, name.replace(".", `.${digest}.`)];
  }),
);
const BY_NAME = new Map([...NAMES].map(([name, full]) => [full, FILES[name]]));

/** Where a file is found; `base` as `/schelly`, or empty. */
export function assetPath(base: string, name: AssetName): string {
  return `${base}/ui/assets/${NAMES.get(name)}`;
}

/** The file under the last part of an address; undefined where there is none, or no longer. */
export function findAsset(name: string): Asset | undefined {
  return BY_NAME.get(name);
}
