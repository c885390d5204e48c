// Which words of restic's say that a storage refuses to delete, and until when.

import assert from "node:assert/strict";
import { test } from "node:test";
import { refusalOf } from "../../../src/provider/builtin/restic_refusal.ts";

const SAID: Record<string, [said: string, until: string | null]> = {
  "rest-server --append-only, restic 0.14": [
    "Remove(<snapshot/8f9d2cbb7b>) returned error, retrying after 552.330144ms: blob not removed, server response: 403 Forbidden (403)\n" +
    "unable to remove <snapshot/8f9d2cbb7b> from the repository\nblob not removed, server response: 403 Forbidden (403)\n",
    null,
  ],
  "rest-server --append-only, restic 0.17": [
    "Remove(<snapshot/8f9d2cbb7b>) failed: unexpected HTTP response (403): 403 Forbidden\n" +
    "unable to remove <snapshot/8f9d2cbb7b> from the repository\n",
    null,
  ],
  "MinIO": [
    "unable to remove <snapshot/8f9d2cbb7b> from the repository: Object is WORM protected and cannot be overwritten",
    null,
  ],
  "Amazon": [
    "unable to remove <snapshot/8f9d2cbb7b> from the repository: Access Denied because object protected by object lock.",
    null,
  ],
  "Google": [
    "unable to remove <snapshot/8f9d2cbb7b> from the repository: googleapi: Error 403: Object 'b/snapshots/8f9d' is subject " +
    "to bucket's retention policy or object retention and cannot be deleted or overwritten until 2026-12-24T18:00:00.5-01:00",
    "2026-12-24T19:00:00.500Z",
  ],
  "Azure": [
    "unable to remove <snapshot/8f9d2cbb7b> from the repository: RESPONSE 409: 409 ERROR CODE: BlobImmutableDueToPolicy",
    null,
  ],
};

test("refusalOf() knows the locks of storages, and the date where they name one", () => {
  for (const [storage, [said, until]] of Object.entries(SAID)) {
    assert.equal(refusalOf(said)?.until, until === null ? null : Date.parse(until), storage);
  }
});

test("refusalOf() takes a wrong key, a lock of restic's own and a pack that stays for none", () => {
  const others = [
    "",
    "unable to remove <snapshot/8f9d2cbb7b> from the repository: Access Denied",
    "unable to create lock in backend: repository is already locked exclusively by PID 1 on nas by root",
    "Remove(<data/8f9d2cbb7b>) returned error: blob not removed, server response: 403 Forbidden (403)",
    "unable to open config file: 403 Forbidden",
  ];
  for (const said of others) assert.equal(refusalOf(said), undefined, said);
});
