// The commands that restore a backup by hand, by what its provider is and by what its id looks like.

import assert from "node:assert/strict";
import { test } from "node:test";
import { byHand } from "../../../src/domain/recovery/by_hand.ts";
import { conductorSpec } from "../../support/conductor_spec.ts";
import { httpSpec } from "../../support/http_spec.ts";

const HTTP = httpSpec("http://nas:7070/backups");
const wanted = (dataId: string, include: string[] = []) => ({
  ...{ id: "b1", dataId, target: "/srv/a b", include },
});

test("a snapshot of restic behind a provider of the original's is restored by one line", () => {
  const { why, commands } = byHand(HTTP, wanted("5f2c9a1e", ["etc/it's", "/srv"]));
  assert.match(why, /http:\/\/nas:7070\/backups does not have this extension.* snapshot of restic/);
  assert.deepEqual(commands, [
    'restic -r "${RESTIC_REPOSITORY:-${TARGET_DATA_PATH:-/backup-repo}}" ' +
    `restore 5f2c9a1e --target '/srv/a b' --include '/etc/it'\\''s' --include /srv`,
  ]);
  assert.equal(byHand(HTTP, wanted("a".repeat(64))).commands.length, 1);
});

test("a version of backy2 is restored into a file; what nobody can tell has no command", () => {
  const uid = "7f4a1c2e-0000-4000-8000-0123456789ab";
  assert.deepEqual(byHand(HTTP, wanted(uid)).commands, [
    `backy2 restore ${uid} 'file:///srv/a b/${uid}.img'`,
  ]);
  const { why, commands } = byHand(HTTP, wanted("weird; rm -rf /"));
  assert.deepEqual(commands, []);
  assert.match(why, /has the id 'weird; rm -rf \/'$/);
});

test("what a worker of Conductor made is restored where its page says", () => {
  const { why, commands } = byHand(conductorSpec("http://conductor:8080/api"), wanted("tape-7"));
  assert.deepEqual(commands, []);
  assert.match(
    why,
    /conductor:8080\/api made it \(http:\/\/conductor:5000\/execution\/b1\): .* the id 'tape-7'$/,
  );
});
