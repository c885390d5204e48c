// Tells one state of the configuration's files from another, whether or not it can be used.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Files } from "../ports/host.ts";
import type { JobsFolder } from "./values/config.ts";
import { formatIssue } from "../domain/errors.ts";
import { drain } from "../domain/slices.ts";
import { findTexts, type FoundText } from "./document/find.ts";
import { readJobsFolder } from "./document/jobs_folder.ts";
import { Report } from "./document/report.ts";
import { readSecretFile } from "./environment/secrets.ts";

/** Bytes: a millisecond or so. */
const STRETCH = 64 * 1024;

/** Digests of the texts that were asked for last: an edit changes one file of many, and several ask for it. */
let recent: ReadonlyMap<string, string> = new Map();

interface FingerprintRequest {
  /** The value of `--config`. */
  config: string | undefined;
  env: Record<string, string>;
  files: Files;
  /** Absolute paths of the secret files that belong to it. */
  secretFiles: readonly string[];
  /** The folder of further jobs that belongs to it; absent: none. */
  jobsFolder?: JobsFolder;
}

/** The fingerprint of what the files say now; never rejects: what cannot be read is part of it. */
export async function fingerprint(request: FingerprintRequest): Promise<string> {
  const { config, env, files, secretFiles, jobsFolder } = request;
  const report = new Report({}, new WeakMap());
  const found = await findTexts({ config, env, files }, report);
  const more = jobsFolder === undefined ? [] : await readJobsFolder(jobsFolder, files, report);
  const troubles = report.errors().map((issue) => ({ name: "", text: formatIssue(issue) }));
  return await fingerprintOf([...found?.texts ?? [], ...more, ...troubles], secretFiles, files);
}

/** What `sha256sum` says of the files, secret files apart: of one its digest, of many that of its lines; null for none. */
export function* textsDigest(texts: readonly FoundText[]): Generator<void, string | null> {
  const digests = yield* digestsOf(texts);
  if (texts.length <= 1) return digests[0] ?? null;
  return yield* digest(texts.map(({ name }, at) => `${digests[at]}  ${name}\n`).join(""));
}

/** In the order of the texts; those that were asked for the last time are not worked out anew. */
function* digestsOf(texts: readonly FoundText[]): Generator<void, string[]> {
  const known = new Map<string, string>();
  const digests: string[] = [];
  for (const { text } of texts) {
    const found = recent.get(text) ?? known.get(text) ?? (yield* digest(text));
    known.set(text, found);
    digests.push(found);
  }
  recent = known;
  return digests;
}

/** SHA-256 of it, hexadecimal. Yields after each stretch of a long text. */
function* digest(text: string): Generator<void, string> {
  const bytes = new TextEncoder().encode(text);
  const hash = sha256.create();
  for (let at = 0; at < bytes.length; at += STRETCH) {
    hash.update(bytes.subarray(at, at + STRETCH));
    yield;
  }
  return bytesToHex(hash.digest());
}

/** The fingerprint of texts that were read, and of the secret files beside them. `run` runs long work to its end. */
export async function fingerprintOf(
  texts: readonly FoundText[],
  secretFiles: readonly string[],
  files: Files,
  run: <T>(work: Generator<void, T>) => T | Promise<T> = drain,
): Promise<string> {
  const digests = await run(digestsOf(texts));
  const parts = texts.map(({ name }, at) => [name, digests[at]!]);
  for (const path of secretFiles) {
    parts.push([path, await readSecretFile(path, files).catch((error) => `unreadable: ${error.message}`)]);
  }
  return await run(digest(JSON.stringify(parts)));
}
