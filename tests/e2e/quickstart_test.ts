// Every command of docs/quickstart/ works as it stands, with the real tools, on what a reader of that page has already.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { codeBlocks } from "../support/markdown.ts";
import { paste } from "../support/paste.ts";
import { postgresBin, whyNoPostgres } from "../support/postgres_bin.ts";
import { programTest } from "../support/program.ts";
import { requireTool } from "../support/require_tool.ts";

const FOLDER = fileURLToPath(new URL("../../docs/quickstart/", import.meta.url));
const blocksOf = (page: string, language: string) =>
  codeBlocks(readFileSync(`${FOLDER}${page}`, "utf8")).filter((block) => block.language === language)
    .map(({ text }) => text);

/** A server of this folder alone. */
const ALONE = `export SCHELLY_SOCKET=$PWD/schelly.sock SCHELLY_LISTEN=127.0.0.1:0
mkdir -p data/sub; echo worth keeping > data/sub/note; echo passing > data/x.tmp
`;

interface Reader {
  skip: string | false;
  /** Makes what they have. */
  has: string;
  /** What the commands say. */
  says: RegExp[];
  /** A file that is restored in the end; absent: the one that is worth keeping. */
  kept?: string;
}

const READERS: Record<string, Reader> = {
  "borgmatic.md": {
    skip: requireTool("borg", ["--version"]) || requireTool("python3", ["--version"]),
    has: `export CONFIG=$PWD/borgmatic.yaml BORG_BASE_DIR=$PWD/base
export BORG_PASSPHRASE="it's a secret"
borg init -e repokey-blake2 laptop.borg 2> /dev/null
borg create --timestamp 2026-01-05T02:00:00 laptop.borg::nas-2026-01-05 data
unset BORG_PASSPHRASE
cat > borgmatic.yaml << END
source_directories: [$PWD/data, "$PWD/da*"]
repositories: [ { path: $PWD/laptop.borg, label: laptop } ]
exclude_patterns: ["*.tmp"]
encryption_passphrase: "it's a secret"
compression: zstd,3
keep_daily: 7
keep_weekly: 4
commands: [ { before: action, when: [create], run: ["echo before {repository_label} > $PWD/ran"] } ]
END`,
    says: [
      /^Wrote .*schelly\.yaml: 1 job\.$/m,
      /available: /,
      /nas-2026-01-05/,
      /^1 backup of 'command:laptop' came in/m,
      /can be restored/,
    ],
  },
  "laptop.md": {
    skip: requireTool("restic"),
    has: "rm data/x.tmp; export SOURCE=$PWD/data REPOSITORY=$PWD/disk/restic",
    says: [/without it nobody can restore/, /available: snapshot/, /^All is well\.$/m],
  },
  "restic-cron.md": {
    skip: requireTool("restic"),
    has: `rm data/x.tmp; export SOURCE=$PWD/data REPOSITORY=$PWD/restic PASSWORD=$PWD/password
echo secret > password
restic -q -r restic -p password init
restic -q -r restic -p password backup data`,
    says: [/available: snapshot/, /^1 backup of .* came in/m],
  },
  "resticprofile.md": {
    skip: requireTool("restic"),
    has: `export CONFIG=$PWD/profiles.yaml
echo secret > key
cat > profiles.yaml << END
version: "1"
base: { repository: "local:$PWD/restic", password-file: key, initialize: true }
home:
  inherit: base
  retention: { after-backup: true, keep-daily: 7, keep-weekly: 4 }
  run-before: "echo \\$PROFILE_NAME > $PWD/ran"
  backup: { source: data, exclude: "*.tmp", schedule: "*-*-* 02:30" }
END`,
    says: [/^Wrote .*schelly\.yaml: 1 job\.$/m, /available: snapshot/],
  },
  "postgres.md": {
    skip: requireTool("pg_dump", ["--version"]) || requireTool("python3", ["--version"]) || whyNoPostgres(),
    has: `export STORE=$PWD/store PGUSER=postgres PGHOST=$(mktemp -d)
as() { if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
[ "$(id -u)" -ne 0 ] || chown postgres "$PGHOST"
as ${postgresBin()}/initdb -D "$PGHOST/data" -U postgres --auth trust --no-sync > /dev/null
as ${postgresBin()}/postgres -D "$PGHOST/data" -c listen_addresses= -c unix_socket_directories="$PGHOST" -c fsync=off > /dev/null 2>&1 &
until psql -c "CREATE TABLE notes (text text)" > /dev/null 2>&1; do sleep 0.2; done
psql -q -c "INSERT INTO notes VALUES ('worth keeping')"`,
    says: [/can be restored/],
    kept: "postgres.dump",
  },
  "docker.md": {
    skip: requireTool("python3", ["--version"]),
    has: `export VOLUMES=$PWD/volumes STORE=$PWD/store
mkdir -p volumes/web_uploads; rm data/x.tmp; mv data volumes/web_uploads/_data`,
    says: [/available: /, /web_uploads/],
  },
};

for (const [page, { skip, has, says, kept = "note" }] of Object.entries(READERS)) {
  programTest(`docs/quickstart/${page} works as pasted`, async (rig) => {
    const { code, out, err } = await paste(rig, blocksOf(page, "sh"), `${ALONE}${has}`);
    assert.equal(code, 0, `${out}\n${err}`);
    for (const pattern of says) assert.match(`${out}\n${err}`, pattern);
    const restored = await rig.tool(["find", `${rig.folder}/try/restored`, "-name", kept]);
    assert.notEqual(restored, "", "a file is restored");
    assert.equal(
      await rig.tool(["find", `${rig.folder}/try/restored`, "-name", "x.tmp"]),
      "",
      "what is left out stays out",
    );
  }, { skip });
}

test("every page of docs/quickstart/ is run", () => {
  const pages = readdirSync(FOLDER).filter((name) => name !== "README.md").sort();
  assert.deepEqual(pages, Object.keys(READERS).sort());
});
