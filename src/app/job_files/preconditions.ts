// Whether what a caller says of the file that is replaced holds, as RFC 9110 has it for If-Match and If-None-Match.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Precondition } from "../../ports/job_edits.ts";

/** The entity tag of a text: it changes with every byte of it. */
export function etagOf(text: string): string {
  return `"${bytesToHex(sha256(new TextEncoder().encode(text))).slice(0, 32)}"`;
}

/** Why it does not hold; undefined where it does. `etag`: of what is there, null for nothing. */
export function whyNot({ ifMatch, ifNoneMatch }: Precondition, etag: string | null): string | undefined {
  const now = etag === null ? "there is no such file" : `the file is ${etag} now`;
  if (ifMatch !== undefined && !names(ifMatch, etag)) return `If-Match names ${shown(ifMatch)}, and ${now}`;
  if (ifNoneMatch !== undefined && names(ifNoneMatch, etag)) {
    return `If-None-Match names ${shown(ifNoneMatch)}, and ${now}`;
  }
  return undefined;
}

/** Also one that was weakened on its way, as whatever compresses an answer does: it is the digest of the file all the same. */
function names(header: string, etag: string | null): boolean {
  if (etag === null) return false;
  return header.trim() === "*" || header.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
}

function shown(header: string): string {
  return header.length > 80 ? `${header.slice(0, 80)}…` : header;
}
