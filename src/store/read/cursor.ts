// The opaque position in a list: the sort key of the last row that was handed out.

import { z } from "zod";
import { InvalidCursor } from "../../domain/errors.ts";

const schema = z.tuple([z.int(), z.string().min(1).max(200)]);

/** Sort key of a row in a list: its time (UTC ms), then its run id. */
type ListKey = [at: number, runId: string];

/** The cursor of the page after a row: opaque, and safe in a URL. */
export function cursorOf(key: ListKey): string {
  const bytes = new TextEncoder().encode(JSON.stringify(key));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Rejects with `InvalidCursor` whatever `cursorOf` did not make. */
export function keyOf(cursor: string): ListKey {
  try {
    const binary = atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return schema.parse(JSON.parse(text));
  } catch {
    throw new InvalidCursor(cursor);
  }
}
