// Profiles of resticprofile become jobs: inherited keys, templates and calendar events as they mean here, no secret in what
// is written. Also tests resticprofile_input.ts, resticprofile_schema.ts and resticprofile_notes.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { main } from "../../../src/cli/program.ts";
import { fakeHost } from "../../support/fake_host.ts";

async function run(text: string, args: string[] = [], file = "/home/me/conf/profiles.yaml") {
  const host = fakeHost({
    env: { HOME: "/home/me" },
    files: { [file]: text, "/home/me/key": "k\n", "/home/me/conf/key": "k\n" },
  });
  const code = await main(["import-config", file, ...args], host);
  return { code, out: host.out(), err: host.err(), host };
}

async function made(text: string) {
  const { code, out, err } = await run(text);
  assert.equal(code, 0, err);
  return { ...parse(out), out, err };
}

/** One profile, and what its sections hold. */
const profile = (backup: string, rest = "") =>
  `home:\n  repository: repo\n  password-file: key\n  backup: { source: /home, ${backup} }\n${rest}`;

test("a profile has what it inherits, with its name, paths and times as they mean here", async () => {
  const { jobs, err } = await made(`version: "1"
base:
  repository: "local:/srv/{{ .Profile.Name }}"
  password-file: key
  initialize: true
  backup: { exclude-caches: true, exclude: "*.tmp", tag: base }
  retention: { after-backup: true, keep-daily: 7, keep-weekly: 4 }
home:
  inherit: base
  backup: { source: [rel, ~/x], schedule: "Mon..Fri 02:30", exclude-file: ex, tag: [a, b] }
  check: { schedule: "*-*-1", read-data-subset: 5% }
  run-before: "mount $PROFILE_NAME"
  run-after-fail: ['echo \${ERROR}']
groups: { all: [home] }
`);
  assert.equal(jobs.length, 1);
  const [{ schedule, provider: { restic }, retention }] = jobs;
  assert.equal(schedule, "30 2 * * MON-FRI");
  assert.deepEqual(retention, { daily: 7, weekly: 4, week_starts: "monday", keep_oldest: true });
  assert.equal(restic.repository, "/srv/home");
  assert.equal(restic.password_file, "/home/me/conf/key");
  assert.deepEqual(restic.paths, ["/home/me/conf/rel", "${HOME}/x"]);
  assert.deepEqual([restic.exclude, restic.exclude_files], [["*.tmp"], ["/home/me/conf/ex"]]);
  assert.deepEqual([restic.tags, restic.exclude_caches, restic.init], [["a", "b"], true, true]);
  assert.deepEqual(restic.check, { schedule: "0 0 1 * *", read_data_subset: "5%" });
  assert.match(restic.pre.shell, /PROFILE_NAME=home [^]*\nmount \$PROFILE_NAME\n$/);
  assert.match(restic.on_failure.shell, /\necho \$\$\{ERROR\}\n$/);
  assert.doesNotMatch(err, /not taken over/);
});

test("secrets stay out of what is written", async () => {
  const { jobs, out, err } = await made(
    `home:\n  repository: "rest:https://me:hush@nas/x"\n  env: { aws_secret_access_key: s3cr3t, AWS_REGION: eu, RESTIC_PASSWORD: "\${P}" }\n` +
      "  backup: { source: /home }\n",
  );
  assert.doesNotMatch(out + err, /hush|s3cr3t/);
  const { restic } = jobs[0].provider;
  assert.equal(restic.repository, "rest:https://me:${HOME_REPOSITORY_PASSWORD}@nas/x");
  assert.deepEqual(restic.env_file, { AWS_SECRET_ACCESS_KEY: "home-aws-secret-access-key" });
  assert.deepEqual(restic.env, { AWS_REGION: "eu", RESTIC_PASSWORD: "${P}" });
  assert.match(err, /set HOME_REPOSITORY_PASSWORD/);
});

test("profiles of one repository are entries of providers, and what has no source is no job", async () => {
  const { jobs, providers, err } = await made(`version: "2"
profiles:
  one: { repository: repo, password-file: key, backup: { source: /a } }
  two: { repository: repo, password-file: key, backup: { source: /b } }
  dump: { repository: repo, password-file: key, backup: { stdin: true } }
`);
  assert.deepEqual(jobs.map(({ name, provider }: any) => [name, provider]), [["one", "one"], ["two", "two"]]);
  assert.deepEqual(Object.keys(providers), ["one", "two"]);
  assert.match(err, /warning: dump: is no job: it has no source/);
});

test("what is kept is never less than there", async () => {
  const cases: [string, string, unknown][] = [
    ["", "", "keep_all"],
    ["", "  retention: { keep-daily: 3 }\n", "keep_all"],
    ["", "  forget: { keep-daily: 3, schedule: daily }\n", { daily: 3, keep_oldest: true }],
    ["", "  retention: { before-backup: true, keep-last: 3, keep-within: 1m2d }\n", {
      keep_last: 3,
      keep_within: "33d",
      keep_oldest: true,
    }],
    ["", "  retention: { after-backup: true, keep-daily: 3, keep-within-daily: 30d }\n", {
      daily: 33,
      keep_oldest: true,
    }],
    ["tag: [x, ever]", "  retention: { after-backup: true, keep-daily: 3, keep-tag: [ever] }\n", "keep_all"],
  ];
  for (const [backup, rest, retention] of cases) {
    assert.deepEqual((await made(profile(backup, rest))).jobs[0].retention, retention, rest);
  }
});

test("a time that has no pattern, or never comes again, is named, and the backup has a usual one", async () => {
  const { jobs, err } = await made(profile('schedule: ["2020-01-01", "*-*~3"]'));
  assert.equal(jobs[0].schedule, "0 2 * * *");
  assert.match(err, /warning: home: backup\.schedule: no pattern means the same as '2020-01-01', '\*-\*~3'/);
  const several = await made(profile('schedule: ["daily", "12:30"]'));
  assert.equal(several.jobs[0].schedule, "0 0 * * *");
  assert.match(several.err, /warning: home: backup\.schedule: 'daily' is taken/);
});

test("what is not taken over is named", async () => {
  const { err } = await made(
    profile("no-such: 1, check-before: true", "  copy: { repository: x }\n  verbose: true\n  odd: 2\n"),
  );
  assert.match(err, /warning: home: copy: nothing is copied/);
  assert.match(err, /warning: home: odd: not taken over/);
  assert.match(err, /warning: home: backup\.no-such: not taken over/);
  assert.match(err, /note: home: backup\.check-before: a check runs on a schedule/);
  assert.match(err, /note: home: verbose: not needed/);
});

const REFUSED: [name: string, text: string, says: RegExp, file?: string][] = [
  [
    "a template",
    profile('tag: "{{ .Now }}"'),
    /has the template \{\{ \.Now \}\} in backup\.tag: write what it stands for/,
  ],
  ["an include", `includes: x.yaml\n${profile("")}`, /includes are not followed/],
  [
    "a parent that is not there",
    "a: { inherit: b, repository: x, backup: { source: /x } }\n",
    /inherits 'b': there is none/,
  ],
  [
    "a circle",
    "a: { inherit: b, backup: { source: /x } }\nb: { inherit: a, repository: x }\n",
    /leads in a circle/,
  ],
  ["no repository", "a: { backup: { source: /x } }\n", /profile 'a' names no repository/],
  [
    "a wrong type",
    "a: { repository: x, backup: { source: /x, exclude-caches: often } }\n",
    /backup\.exclude-caches: expected true or false/,
  ],
  ["TOML", "x", /is no YAML: write it as YAML or JSON/, "/home/me/profiles.toml"],
];

for (const [name, text, says, file] of REFUSED) {
  test(`${name} is refused with what to do`, async () => {
    const { code, out, err } = await run(text, [], file);
    assert.equal(code, 3, err);
    assert.match(err, says);
    assert.equal(out, "");
  });
}

test("what is written with --output is valid as it is", async () => {
  const { code, err, host } = await run(profile("schedule: daily"), ["-o", "schelly.yaml"]);
  assert.equal(code, 0, err);
  assert.equal(await main(["validate", "config"], host), 0, host.err());
});
