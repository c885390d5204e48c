// A provider whose journal is lost while its backups stand: nothing is called deleted that is not, and what the storage
// can tell is known again.

import assert from "node:assert/strict";
import { mkdir, readdir } from "node:fs/promises";
import { programTest, type Rig } from "../support/program.ts";
import { inState } from "../support/state_rows.ts";

/** `more`: further commands of the provider. */
function yaml(rig: Rig, key: string, more: string, formerly: string): string {
  const store = `${rig.folder}/store`;
  const create = `echo x > ${store}/$SCHELLY_BACKUP_ID; echo '{"data_id": "'$SCHELLY_BACKUP_ID'"}'`;
  return `providers:
  ${key}:
    command:
      create: { shell: ${JSON.stringify(create)} }
      delete: { shell: "rm ${store}/$SCHELLY_DATA_ID" }
${more}    poll_interval: 100ms
${formerly}
jobs:
  - name: files
    schedule: "0 0 0 29 2 *"
    provider: ${key}
    retention: { secondly: 100 }
`;
}

programTest(
  "after its journal was lost a built-in's backups are neither missing nor deleted until the storage can tell",
  async (rig) => {
    const store = `${rig.folder}/store`;
    await mkdir(store);
    const before = await rig.server({ yaml: yaml(rig, "old", "", "") });
    const first = await before.backup("files");
    const second = await before.backup("files");
    await before.kill("SIGTERM");
    await inState(`${rig.folder}/state/schelly.db`, "DELETE FROM journal");

    const formerly = "    formerly: [old]";
    const blind = await rig.server({ yaml: yaml(rig, "new", "", formerly) });
    const refused = await rig.cli("backups", "delete", first.id, "--yes", "--socket", rig.socket);
    assert.equal(refused.code, 1, refused.err);
    assert.match(refused.err, /^Not deleted: .*: .*the journal of this provider in .* does not know it/m);
    assert.doesNotMatch(refused.err, /^(Deleted|Accepted)/m);
    assert.equal((await blind.get(`/backups/${first.id}`)).state, "delete-error");
    assert.equal((await blind.get(`/backups/${second.id}`)).state, "available");
    assert.deepEqual((await readdir(store)).sort(), [first.id, second.id].sort());
    await blind.kill("SIGTERM");

    const list = `      list: { shell: "cd ${store}; for f in *; do echo '{\\"id\\": \\"'$f'\\"}'; done" }\n`;
    const seeing = await rig.server({ yaml: yaml(rig, "new", list, formerly) });
    const deleted = await rig.cli("backups", "delete", first.id, "--yes", "--socket", rig.socket);
    assert.equal(deleted.code, 0, deleted.err);
    assert.match(deleted.err, /^Deleted /m);
    assert.equal((await seeing.get(`/backups/${first.id}`)).state, "deleted");
    assert.deepEqual(await readdir(store), [second.id]);
  },
);
