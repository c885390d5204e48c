// Spellings of one repository, and repositories that only look alike.

import assert from "node:assert/strict";
import { test } from "node:test";
import { repositoryIdentity } from "../../src/domain/repository_identity.ts";

const SAME = [
  ["/r", "/r/", "//r", "/./r", "/x/../r", "local:/r"],
  ["r", "./r", "r/", "local:./r"],
  [
    "rest:http://localhost:8000/",
    "rest:http://127.0.0.1:8000",
    "rest:http://LOCALHOST:8000/",
    "rest:http://ann:pw@[::1]:8000/",
  ],
  ["rest:https://nas/ann", "rest:https://nas:443/ann/", "rest:https://ann:***@nas/ann"],
  ["s3:s3.amazonaws.com/b/f", "s3:https://s3.amazonaws.com/b/f/", "s3:https://s3.amazonaws.com:443/b/f"],
  ["sftp:ann@nas:/srv/r", "sftp://ann@nas//srv/r", "sftp://ann@nas:22//srv/r/", "sftp:ann@NAS:/srv/r/"],
  ["sftp:ann@nas:r", "sftp://ann@nas/r"],
  ["b2:bucket:f", "b2:bucket:/f/"],
];

test("repositoryIdentity() is the same for the spellings of one repository, and different for different ones", () => {
  for (const group of SAME) {
    assert.deepEqual([...new Set(group.map(repositoryIdentity))].length, 1, `${group[0]}`);
  }
  const all = SAME.map(([one]) => one!).concat(
    ...["/R", "rest:https://localhost:8000/", "rest:https://nas/bob", "s3:http://s3.amazonaws.com/b/f"],
    ...["sftp:bob@nas:/srv/r", "sftp://ann@nas:2222//srv/r", "b2:other:f", "rclone:bucket:f", "../r"],
  );
  assert.equal(new Set(all.map(repositoryIdentity)).size, all.length);
  assert.ok(!repositoryIdentity("rest:http://ann:secret@nas/").includes("secret"));
});
