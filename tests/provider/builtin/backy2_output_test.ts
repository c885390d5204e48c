// What backy2 2.9.17 really said, recorded: its versions, its progress and its troubles.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  backy2LastWords,
  backy2TroubleOf,
  readDamage,
  readProgress,
  readVersions,
} from "../../../src/provider/builtin/backy2_output.ts";

const COLUMNS = "type|date|name|snapshot_name|size|size_bytes|uid|valid|protected|tags\n";
const CUT_OFF =
  "version|2026-11-23 08:35:09|j|killed|96|400000000|caa2d79a-e718-11f1-b82c-02fc00000001|0|0|\n";
const WHOLE =
  "version|2026-11-23 08:24:00|job|schelly-1|5|20000000|3c2adbee-e717-11f1-b82c-02fc00000001|1|0|backup:1,schelly\n";

test("readVersions() reads the columns by their names, a cut off version and tags included", () => {
  assert.deepEqual(readVersions(COLUMNS + CUT_OFF + WHOLE), [
    {
      uid: "caa2d79a-e718-11f1-b82c-02fc00000001",
      snapshotName: "killed",
      bytes: 400_000_000,
      valid: false,
      protected: false,
      tags: [],
    },
    {
      uid: "3c2adbee-e717-11f1-b82c-02fc00000001",
      snapshotName: "schelly-1",
      bytes: 20_000_000,
      valid: true,
      protected: false,
      tags: ["backup:1", "schelly"],
    },
  ]);
  assert.deepEqual(readVersions(COLUMNS), []);
  const other = "type|uid|tags|protected|valid|size_bytes|snapshot_name\nversion|3c2adbee||1|1|7|s\n";
  assert.deepEqual(readVersions(other)[0]!.protected, true);
});

test("readVersions() skips a name with a bar, which is not ours, and refuses what is no list", () => {
  assert.equal(readVersions(COLUMNS + WHOLE.replace("|job|", "|a|b|") + WHOLE).length, 1);
  assert.throws(() => readVersions(""), /no column 'type'/);
  assert.throws(() => readVersions("ERROR: no\n"), /no column 'type': 'ERROR: no'/);
  assert.throws(
    () => readVersions(COLUMNS + WHOLE.replace("|1|0|", "|yes|0|")),
    /cannot be read: 'version\|/,
  );
});

test("readProgress() says how far it is", () => {
  assert.equal(readProgress("    INFO: Backed up 2/96 blocks (2.1%)"), "2 %, 2 of 96 blocks");
  assert.equal(readProgress("    INFO: Restored 3/3 blocks (100.0%)"), "100 %, 3 of 3 blocks");
  assert.equal(readProgress("    INFO: Backy complete."), undefined);
});

test("readDamage() names the blocks, and nothing that is only said", () => {
  const said = [
    "   ERROR: Checksum mismatch during scrub for block 0 (UID d23f5fcc9cgT) (is: afae should-be: 0670).",
    "   ERROR: Checksum mismatch during restore for block 7 (is: afae should-be: 0670, block-valid: 0). Block restored is invalid.",
    "   ERROR: Blob not found: Block(uid='d23', version_uid='d7f', id=2, date=datetime.datetime(2026, 11, 28), checksum='0', size=4, valid=0)",
    "   ERROR: Blob has wrong size: d23f is: 3 should be: 4",
    "   ERROR: Marked version invalid because it has errors: d7fbca76",
  ];
  assert.equal(
    readDamage(said.join("\n")),
    "block 0 has other bytes than were backed up, block 7 has other bytes than were backed up, block 2 is not there, " +
      "the block 'd23f' is cut off",
  );
  assert.equal(
    readDamage("    INFO: Restored 1/3 blocks (33.3%)\n   ERROR: Version 3c is locked."),
    undefined,
  );
});

test("backy2TroubleOf() and backy2LastWords() tell its troubles apart", () => {
  const table: [string, string, RegExp][] = [
    [
      "ERROR: Invalid database (sqlite:////b/backy.sqlite). Please run initdb first.",
      "no_database",
      /^Invalid database/,
    ],
    [
      "   ERROR: Unexpected exception\n   ERROR: 'Version 3c2adbee is too young. Will not delete.'\nTraceback (most recent call last):\nbacky2.backy.LockError: 'Version 3c2adbee is too young. Will not delete.'\n    INFO: Backy failed.\n",
      "too_young",
      /^'Version 3c2adbee is too young/,
    ],
    ["   ERROR: Version 3c2adbee is protected. Will not delete.", "protected", /protected/],
    ["   ERROR: 'Version nope not found.'", "absent", /not found/],
    ["   ERROR: Version 3c2adbee is locked.", "locked", /locked/],
    [
      "   ERROR: Unexpected exception\n   ERROR: [Errno 2] No such file or directory: '/nope'\n",
      "other",
      /^\[Errno 2\]/,
    ],
    ["File not found: /nope", "other", /^File not found/],
  ];
  for (const [text, trouble, words] of table) {
    assert.equal(backy2TroubleOf(text), trouble, text);
    assert.match(backy2LastWords(text), words, text);
  }
});
