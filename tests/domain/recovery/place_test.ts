// Where backups are and what restores them, without a secret; whole pages of it are run in tests/e2e.
// Also tests sheet.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  Backy2ProviderSpec,
  CommandProviderSpec,
  ResticProviderSpec,
} from "../../../src/domain/provider_spec.ts";
import { markdownPage } from "../../../src/domain/recovery/page.ts";
import { conductorSpec } from "../../support/conductor_spec.ts";
import { placeOf, shellWord } from "../../../src/domain/recovery/place.ts";
import { recoverySheet, type SheetFacts } from "../../../src/domain/recovery/sheet.ts";

function restic(more: Partial<ResticProviderSpec>): ResticProviderSpec {
  return {
    ...{ kind: "restic", key: "nas", repository: "/srv/r", passwordFile: "/etc/pw", password: null },
    ...{ env: {}, options: {} },
    ...more,
  } as unknown as ResticProviderSpec;
}
const written = (key: string, value: string) => ({ key, value, source: "schelly.yaml:7" });

test("a restic repository is restored from by its address, its password file and the snapshot", () => {
  const place = placeOf(restic({ repository: "/srv/it's" }), [written("restic.repository", "/srv/it's")]);
  assert.deepEqual(place.setup, [
    "export RESTIC_REPOSITORY='/srv/it'\\''s'",
    "export RESTIC_PASSWORD_FILE=/etc/pw",
  ]);
  assert.deepEqual(place.look("db"), ["restic snapshots --tag job:db"]);
  assert.deepEqual(place.restore({ id: "b1", dataId: "abc" }, "/restore/db"), [
    "restic restore abc --target /restore/db --verify",
  ]);
  assert.deepEqual(place.secrets, ["the password of the repository: in the file /etc/pw"]);
});

test("passwords and variables of an address are named, and to be filled in", () => {
  const spec = restic({
    ...{ repository: "rest:https://me:hunter2@far/secret-bucket", passwordFile: null, password: "hunter2" },
    env: { B2_ACCOUNT_KEY: "hunter2", RESTIC_CACHE_DIR: "/c" },
  });
  const place = placeOf(spec, [
    written("restic.repository", "rest:https://<redacted>@far/${BUCKET}"),
    written("restic.password", "<redacted>"),
    written("restic.env.B2_ACCOUNT_KEY", "<redacted>"),
  ]);
  assert.equal(place.setup[0], 'export RESTIC_REPOSITORY="rest:https://USER:PASSWORD@far/${BUCKET}"');
  assert.equal(place.setup.length, 2, "restic asks for its password, and what only tunes it is left out");
  assert.match(place.setup[1]!, /^read -rsp 'B2_ACCOUNT_KEY: ' B2_ACCOUNT_KEY && export B2_ACCOUNT_KEY$/);
  assert.match(
    place.secrets.join("\n"),
    /user and password of its address, the value of BUCKET: in schelly\.yaml:7/,
  );
  const all = JSON.stringify([place, place.look("j"), place.restore({ id: "1", dataId: "2" }, "/t")]);
  assert.doesNotMatch(all, /hunter2|secret-bucket/);
});

test("a command is restored from by its own restore, where it has one; backy2's exit code is no proof", () => {
  const spec = {
    kind: "command",
    key: "tar",
    cwd: "/etc/schelly",
    env: {},
  } as unknown as CommandProviderSpec;
  const place = placeOf(spec, [
    written("command.create", "[./tar.sh, create]"),
    written("command.restore", "[./tar.sh, restore]"),
  ]);
  assert.deepEqual(place.setup, ["cd /etc/schelly"]);
  assert.match(
    place.notes.join("\n"),
    /^It restores one, told .*SCHELLY_TARGET .*, by: \[\.\/tar\.sh, restore\]$/m,
  );
  assert.doesNotMatch(placeOf(spec, []).notes.join("\n"), /It restores one/);
  const backy2 = { kind: "backy2", name: "disk", config: { file: "/etc/backy.cfg" } };
  const image = placeOf(backy2 as unknown as Backy2ProviderSpec, [
    written("backy2.source", "file:///dev/sda"),
  ]);
  assert.deepEqual(image.restore({ id: "b1", dataId: "uid" }, "/restore/db"), [
    "backy2 -c /etc/backy.cfg restore uid file:///restore/db.img",
  ]);
  assert.match(image.notes.join("\n"), /ends with 0 also where it wrote damaged blocks/);
});

test("paths are told from the root, and a command's folders by their names; what may be a secret is only named", () => {
  const env = { STORE: "/srv/my backups", API_KEY: "/hunter2", MODE: "hunter2" };
  const spec = { kind: "command", key: "tar", cwd: null, env } as unknown as CommandProviderSpec;
  const place = placeOf(
    spec,
    Object.keys(env).map((name) => written(`command.env.${name}`, "<redacted>")),
    "/opt/schelly",
  );
  assert.match(place.where, /they are told STORE=\/srv\/my backups$/);
  assert.deepEqual(place.setup, ["cd /opt/schelly", "export STORE='/srv/my backups'"]);
  assert.deepEqual(place.secrets, ["API_KEY: in schelly.yaml:7", "MODE: in schelly.yaml:7"]);
  assert.doesNotMatch(JSON.stringify(place), /hunter2/);
  const near = placeOf(restic({ repository: "repo", passwordFile: "./pw" }), [
    written("restic.repository", "repo"),
  ], "/opt/schelly");
  assert.deepEqual(near.setup, [
    "export RESTIC_REPOSITORY=/opt/schelly/repo",
    "export RESTIC_PASSWORD_FILE=/opt/schelly/pw",
  ]);
  const far = placeOf(restic({ repository: "sftp:nas:repo" }), [
    written("restic.repository", "sftp:nas:repo"),
  ], "/opt/schelly");
  assert.equal(far.setup[0], "export RESTIC_REPOSITORY=sftp:nas:repo");
});

test("shellWord leaves a word as it is only where no shell reads more into it", () => {
  assert.equal(shellWord("rest:https://h/a-b_c.d,e@f+g=h%20"), "rest:https://h/a-b_c.d,e@f+g=h%20");
  for (const text of ["", "a b", "$(x)", "`x`", "a;b", "a\nb", "~/x", "*", "a'b", "!x"]) {
    assert.match(shellWord(text), /^'[^]*'$/);
  }
});

const FACTS: SheetFacts = {
  madeAt: Date.UTC(2026, 10, 28, 12),
  host: "nas-1",
  troubles: [],
  config: { place: "/etc/schelly.yaml", digest: "d1" },
  state: { url: "file:/var/s.db", snapshots: "/mnt/s", newest: { path: "/mnt/s/1.db", at: 0 } },
  jobs: [],
};

test("the sheet names the newest good backup with its age, or says that there is none or that nobody knows", () => {
  const place = placeOf(restic({}), [written("restic.repository", "/srv/r")]);
  const backup = {
    id: "b1",
    dataId: "snap1",
    at: Date.UTC(2026, 10, 25, 12),
    endedAt: null,
    sizeMb: 5,
    provedAt: Date.UTC(2026, 10, 26),
    warning: null,
  };
  const damaged = { ...backup, id: "b2", dataId: "snap2", at: Date.UTC(2026, 10, 27), provedAt: null };
  const text = markdownPage(recoverySheet({
    ...FACTS,
    jobs: [
      {
        job: "a",
        provider: "nas",
        place,
        backups: [{ ...damaged, warning: "it is damaged: a.txt" }, backup],
        available: 4,
      },
      { job: "b", provider: "nas", place, backups: [], available: 0 },
      { job: "c", provider: "gone", place: undefined, backups: undefined, available: undefined },
    ],
  }));
  assert.match(
    text,
    /^\| a \| 2026-11-25T12:00:00\.000Z \| 3 days \| 2026-11-26T00:00:00\.000Z \| 4 \| nas \|$/m,
  );
  assert.match(text, /^# Recovery sheet of nas-1, 2026/m);
  assert.match(text, /^\| b2 \| snap2 \| .* \| never \| DO NOT TRUST IT: it is damaged: a\.txt \|$/m);
  assert.match(text, /^\| b \| none \| - \| none of those below \| 0 \| nas \|$/m);
  assert.match(text, /^\| c \| not known \| - \| not known \| not known \| gone \|$/m);
  assert.match(text, /^restic restore snap1 --target \/restore\/a --verify$/m);
  assert.match(text, /There is no good backup of this job that Schelly knows of/);
  assert.match(text, /provider gone, which the configuration that was read does not have/);
  assert.match(text, /^rm -f \/var\/s\.db-wal \/var\/s\.db-shm\ncp \/mnt\/s\/1\.db \/var\/s\.db$/m);
});

test("what workers of Conductor made is looked for on its page", () => {
  const place = placeOf(conductorSpec("http://conductor:8080/api"), [
    written("conductor.url", "http://conductor:8080/api"),
    written("headers.X-Authorization", "<redacted>"),
  ]);
  assert.match(
    place.where,
    /workers of the Conductor server at http:\/\/conductor:8080\/api .*'create_backup'/,
  );
  assert.deepEqual(place.secrets, ["X-Authorization: in schelly.yaml:7"]);
  assert.match(place.notes[0]!, /http:\/\/conductor:5000\/execution\/ID/);
});
