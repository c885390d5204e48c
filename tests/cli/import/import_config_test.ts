// Configurations of borgmatic become ours: each key is taken over or named, no secret stands in what is written, and what
// is written can be used. Also tests imported.ts, imported_text.ts, foreign_yaml.ts, borgmatic.ts, borgmatic_input.ts,
// borgmatic_schema.ts, borgmatic_create.ts, borgmatic_hooks.ts, borgmatic_policy.ts, borgmatic_notes.ts and
// borg_commands.ts, whose commands tests/e2e/quickstart_test.ts runs with borg.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { main } from "../../../src/cli/program.ts";
import { ourVariables } from "../../../src/cli/import/borgmatic_input.ts";
import { quotedPath } from "../../../src/cli/import/imported.ts";
import { fakeHost, type FakeHostOptions } from "../../support/fake_host.ts";

const FILE = "/home/me/config.yaml";

async function run(text: string, args: string[] = [], options: FakeHostOptions = {}) {
  const host = fakeHost({ ...options, files: { [FILE]: text, ...options.files } });
  const code = await main(["import-config", "config.yaml", ...args], host);
  const read = (path: string) => host.files.readText(path).catch(() => undefined);
  return { code, out: host.out(), err: host.err(), host, read };
}

/** The one job that a text makes, and what is said of it. */
async function jobOf(text: string, args: string[] = []) {
  const { code, out, err } = await run(text, args);
  assert.equal(code, 0, err);
  const made = parse(out, { merge: true });
  return { job: made.jobs[0], command: made.jobs[0].provider.command, made, err };
}

const SOURCES = "source_directories: [/home, /etc]\nrepositories: [{ path: /srv/laptop.borg }]\n";
const POLICY = "keep_daily: 7\n";

const OLD = `location:
    source_directories: [/home, "/var/log/app*"]
    repositories: ["backup@nas:laptop.borg"]
    exclude_patterns: ["*.pyc"]
    one_file_system: true
storage:
    encryption_passphrase: "it's a secret"
    compression: zstd
    ssh_command: ssh -i /root/key
retention:
    keep_daily: 7
    prefix: laptop-
consistency:
    checks: [disabled]
hooks:
    before_backup: [mount /mnt/x]
    after_backup: [umount /mnt/x]
    on_error: ["mail-me {error} {repository}"]
    healthchecks: https://hc-ping.com/abc
`;

test("the older form with sections becomes a job whose parts are where they belong", async () => {
  const { code, out, err, read, host } = await run(OLD, ["--schedule", "02:30", "-o", "schelly.yaml"]);
  assert.equal(code, 0, err);
  const text = (await read("/home/me/schelly.yaml"))!;
  const { jobs: [job] } = parse(text, { merge: true });
  assert.equal(job.name, "laptop");
  assert.equal(job.schedule, "30 2 * * *");
  const { command } = job.provider;
  assert.equal(command.env.BORG_REPO, "ssh://backup@nas/./laptop.borg");
  assert.equal(command.env.BORG_RSH, "ssh -i /root/key");
  for (
    const words of [
      "--compression zstd",
      "--one-file-system",
      "--exclude '*.pyc'",
      "/home ",
      "/var/log/app* ",
    ]
  ) {
    assert.ok(command.create.shell.includes(`  ${words}`), words);
  }
  assert.match(command.pre.shell, /^mount \/mnt\/x$/m);
  assert.match(command.post.shell, /^umount \/mnt\/x$/m);
  assert.match(job.on_failure.shell, /^mail-me "\$SCHELLY_MESSAGE" ssh:\/\/backup@nas\/\.\/laptop\.borg$/m);
  assert.deepEqual(job.retention, { daily: 7, keep_oldest: true });
  assert.equal(job.verify, undefined);
  assert.equal(await main(["validate", "config"], host), 0, host.err());
  assert.match(out, /^Wrote \/home\/me\/schelly\.yaml: 1 job\.\n/);
});

test("secrets are in files of their own, which only their owner may read, and nowhere else", async () => {
  const { out, err, read, host } = await run(OLD, ["-o", "conf/schelly.yaml"], {
    files: { "/home/me/conf/x": "" },
  });
  assert.equal(await read("/home/me/conf/laptop-passphrase"), "it's a secret\n");
  assert.equal(await read("/home/me/conf/laptop-ping-url"), "https://hc-ping.com/abc\n");
  for (const name of ["laptop-passphrase", "laptop-ping-url", "schelly.yaml"]) {
    assert.equal((await host.files.info(`/home/me/conf/${name}`))!.mode! & 0o777, 0o600, name);
  }
  const written = `${await read("/home/me/conf/schelly.yaml")}${out}${err}`;
  assert.doesNotMatch(written, /it's a secret|hc-ping\.com\/abc/);
  assert.match(written, /BORG_PASSPHRASE: laptop-passphrase[^]*url_file: laptop-ping-url/);
});

test("a passphrase of the environment, of a file or of a command stays one", async () => {
  const cases: [string, Record<string, unknown>][] = [
    ["encryption_passphrase: ${BORG_PASSPHRASE}", { env: "${BORG_PASSPHRASE}" }],
    ["encryption_passphrase: '{credential file /etc/key}'", { file: "/etc/key" }],
    ["encryption_passphrase: '{credential systemd borg}'", { file: "${CREDENTIALS_DIRECTORY}/borg" }],
    ["encryption_passphrase: '{credential container borg}'", { file: "/run/secrets/borg" }],
    ["encryption_passcommand: cat /etc/key", { command: "cat /etc/key" }],
    ["encryption_passphrase: '\\${plain}'", { file: "laptop-passphrase" }],
  ];
  for (const [line, { env, file, command: by }] of cases) {
    const { command } = await jobOf(`${SOURCES}${POLICY}${line}\n`);
    assert.equal(command.env.BORG_PASSPHRASE, env, line);
    assert.equal(command.env_file?.BORG_PASSPHRASE, file, line);
    assert.equal(command.env.BORG_PASSCOMMAND, by, line);
  }
});

test("several repositories are several jobs with the same commands, and the check hears of the first", async () => {
  const { made, err } = await jobOf(
    `source_directories: [/home]\n${POLICY}repositories:\n  - { path: /a/x.borg, label: here }\n  - { path: /b/x.borg }\n` +
      "  - { path: /c/x.borg }\nhealthchecks: { ping_url: abc, states: [finish] }\n",
  );
  assert.deepEqual(made.jobs.map(({ name }: { name: string }) => name), ["here", "x", "x-2"]);
  assert.deepEqual(made.jobs.map(({ ping }: { ping: unknown }) => ping), [
    { url_file: "here-ping-url", start: false },
    undefined,
    undefined,
  ]);
  assert.equal(new Set(made.jobs.map((job: any) => job.provider.command.create.shell)).size, 1);
  assert.match(err, /warning: healthchecks: the check hears of job here alone/);
});

test("commands of the newer form stand where they run, with what they name filled in", async () => {
  const { job, command, err } = await jobOf(`${SOURCES}${POLICY}constants: { app: "my shop" }
commands:
  - { before: action, when: [create], run: ["a {app} {repository_label} \${X:-1} \\\\\${Y}"] }
  - { before: everything, run: [first] }
  - { after: action, when: [create], states: [finish], run: [good] }
  - { after: action, states: [fail], run: [bad] }
  - { after: repository, run: [always] }
  - { after: action, when: [check], run: [unheard] }
  - { before: repository, run: ["findmnt /x || exit 75"] }
`);
  assert.match(command.pre.shell, /first\n.*exit 75\na 'my shop' '' \$\{X:-1\} \$\$\{Y\}\n$/);
  assert.match(command.post.shell, /\nalways\n$/);
  assert.match(command.on_success.shell, /\ngood\n$/);
  assert.match(job.on_failure.shell, /\nbad\n$/);
  assert.match(err, /warning: commands \(after: action of check\): 'unheard' runs around no backup/);
  assert.match(err, /a command that ends with 75 skips the backup/);
});

test("what is not taken over is named, on stderr and in what is written, what is missing before what is different", async () => {
  const { code, out, err } = await run(
    `${SOURCES}${POLICY}verbosity: 1\nmongodb_databases: [{ name: all }]\npushover: { token: t0p, user: u }\nnot_a_key: 1\nzfs:\n`,
  );
  assert.equal(code, 0);
  for (const key of ["mongodb_databases", "pushover", "not_a_key", "zfs"]) {
    assert.match(err, new RegExp(`^warning: ${key}: `, "m"));
    assert.match(out, new RegExp(`^#  - ${key}: `, "m"));
  }
  assert.match(err, /warning: zfs[^]*note: verbosity: not needed/);
  assert.match(out, /NOT carry over, and needs you:\n# {2}- [^]*# What is done in another way:\n/);
  assert.doesNotMatch(out, /t0p/);
});

test("what is kept, and how often it is proved", async () => {
  const cases: [string, unknown, unknown][] = [
    ["keep_daily: 7\nkeep_weekly: 4\nkeep_within: 2d", {
      daily: 10,
      weekly: 7,
      week_starts: "monday",
      keep_within: "2d",
      keep_oldest: true,
    }, { schedule: "0 5 1 * *", every: "35d" }],
    ["checks: [{ name: extract, frequency: 2 weeks }]", "keep_all", { schedule: "0 5 1,15 * *" }],
    ["keep_hourly: 3\nchecks: [{ name: data, frequency: 1 day }]", { hourly: 3, keep_oldest: true }, {
      schedule: "0 5 * * *",
    }],
    ["keep_within: 12H", { keep_within: "12h" }, { schedule: "0 5 1 * *", every: "35d" }],
    ["keep_daily: 3\nskip_actions: [prune, check]", "keep_all", undefined],
    ["keep_daily: -1", { daily: 1_000_000, keep_oldest: true }, { schedule: "0 5 1 * *", every: "35d" }],
  ];
  for (const [lines, retention, verify] of cases) {
    const { job } = await jobOf(`${SOURCES}${lines}\n`);
    assert.deepEqual(job.retention, retention, lines);
    assert.deepEqual(job.verify, verify, lines);
  }
});

const REFUSED: [name: string, text: string, says: RegExp][] = [
  [
    "an include",
    `${SOURCES}<<: !include common.yaml\n`,
    /the tag !include: includes are not followed: `borgmatic config show`/,
  ],
  ["no YAML", "a: [", /is not valid YAML: .* at line 1/],
  ["a list", "- a\n", /is no mapping of keys to values/],
  ["nothing", "", /is empty|is no mapping/],
  ["two documents", "a: 1\n---\nb: 2\n", /several documents/],
  [
    "another program's",
    "jobs: []\n",
    /is no configuration of borgmatic or resticprofile: expected source_directories/,
  ],
  ["no repository", "source_directories: [/x]\n", /names no repositories/],
  [
    "databases alone",
    "repositories: [/srv/x]\npostgresql_databases: [{ name: all }]\n",
    /start from a job of deploy/,
  ],
  ["Borg 2", "source_directories: [/x]\nrepositories: ['s3:key:hush@/x']\n", /^(?!.*hush).*is one of Borg 2/],
  ["a wrong type", `${SOURCES}keep_daily: often\n`, /keep_daily: expected a whole number/],
  [
    "aliases without end",
    `a: &a [x]\nb: &b [${"*a, ".repeat(60)}]\nc: &c [${"*b, ".repeat(60)}]\n${SOURCES}d: [*c]\n`,
    /cannot be read/,
  ],
];

for (const [name, text, says] of REFUSED) {
  test(`${name} is refused with what to do, and nothing is written`, async () => {
    const { code, out, err, read } = await run(text, ["-o", "schelly.yaml"]);
    assert.equal(code, 3, err);
    assert.match(err, says);
    assert.equal(out, "");
    assert.equal(await read("/home/me/schelly.yaml"), undefined);
  });
}

test("a path that begins as an option does is a path, and a name keeps its letters", async () => {
  const { job, command } = await jobOf(
    `source_directories: ["-rf", "$(touch x)"]\nrepositories: [{ path: /r, label: "Über Büro" }]\n`,
  );
  assert.match(
    command.create.shell,
    /\n {2}-- "::\$SCHELLY_BACKUP_ID" \\\n {2}-rf \\\n {2}'\$\(touch x\)' \\\n/,
  );
  assert.equal(job.name, "uber-buro");
});

test("a folder that is not there is named, and no secret is written", async () => {
  const { code, err, read } = await run(OLD, ["-o", "/nowhere/schelly.yaml"]);
  assert.equal(code, 1);
  assert.match(
    err,
    /^schelly: Cannot write '\/nowhere\/schelly\.yaml': there is no folder '\/nowhere', make it first\n$/,
  );
  assert.equal(await read("/nowhere/laptop-passphrase"), undefined);
});

test("what is there already stays as it is", async () => {
  const config = await run(OLD, ["-o", "schelly.yaml"], { files: { "/home/me/schelly.yaml": "jobs: []\n" } });
  assert.equal(config.code, 1);
  assert.equal(await config.read("/home/me/schelly.yaml"), "jobs: []\n");
  const secret = await run(OLD, ["-o", "schelly.yaml"], {
    files: { "/home/me/laptop-passphrase": "other\n" },
  });
  assert.equal(secret.code, 1);
  assert.match(secret.err, /holds something else than the passphrase/);
  assert.equal(await secret.read("/home/me/schelly.yaml"), undefined);
  const same = await run(OLD, ["-o", "schelly.yaml"], {
    files: { "/home/me/laptop-passphrase": "it's a secret\n" },
  });
  assert.equal(same.code, 0, same.err);
});

test("a file that is not there, or a time that is none, is a sentence", async () => {
  const host = fakeHost();
  assert.equal(await main(["import-config", "nowhere.yaml"], host), 1);
  assert.match(host.err(), /Cannot read 'nowhere\.yaml'/);
  const { code, err } = await run(OLD, ["--schedule", "25:00"]);
  assert.equal(code, 2);
  assert.match(err, /Cannot use '25:00' as --schedule/);
});

test("variables and paths are written as ours, and as a shell takes them", () => {
  assert.equal(ourVariables("${A} ${B-x} ${C:-y} \\${D} ${e%%f}"), "${A} ${B:-x} ${C:-y} $${D} $${e%%f}");
  assert.equal(quotedPath("~/my files/*.d"), `"$HOME"'/my files/'*.d`);
  assert.equal(quotedPath("/it's"), `'/it'\\''s'`);
});
