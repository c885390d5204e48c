// Tells whether two instances would do the same work: a fingerprint of the jobs and providers in force, secrets apart.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Config } from "./values/config.ts";

/** Where they listen, log and keep things may differ from one instance to the other. */
const WORK = /^(jobs|providers|notify)\./;

/** Yields now and then. */
export function* jobsFingerprint(config: Pick<Config, "effectiveValues">): Generator<undefined, string> {
  const values = yield* config.effectiveValues("redacted");
  const hash = sha256.create();
  for (const { path, value } of values) {
    if (WORK.test(path)) hash.update(new TextEncoder().encode(`${JSON.stringify([path, value])}\n`));
  }
  return bytesToHex(hash.digest()).slice(0, 16);
}
