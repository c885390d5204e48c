// Plans of an edit: against files, a server and a state; what is printed in each form, and how it ends.
// Also tests config_diff.ts, plan_backups.ts, plan_markdown.ts, plan_sources.ts and plan_text.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { type Answer, fakeHost, type FakeHostOptions, jsonAnswer } from "../../support/fake_host.ts";

const SERVER = "http://127.0.0.1:8080";
const NOW = Date.UTC(2026, 10, 23);
const DAY = 86_400_000;

const OLD = `
providers:
  nas: { url: "http://p/b", headers: { X-Key: one } }
defaults: { provider: nas, schedule: "0 0 12 * * *" }
jobs:
  - { name: db, retention: { daily: 30 } }
  - { name: files, retention: { daily: 7 } }
  - { name: gone, retention: { daily: 7 } }
  - { name: same, retention: { daily: 7 } }
`;
const NEW = `
providers:
  nas: { url: "http://p/b", headers: { X-Key: two } }
defaults: { provider: nas, schedule: "0 0 12 * * *" }
jobs:
  - { name: db, retention: { daily: 7, guard: { policy_change_hold: 2h } } }
  - { name: documents, renamed_from: files, retention: { daily: 7 } }
  - { name: media, retention: { daily: 7, monthly: 2@15 } }
  - { name: same, retention: { daily: 7 } }
`;
const PROMISED = NEW.replace("retention: { daily: 7, guard", `expect: [{ after: 40d, daily: ">=8" }], $&`);

/** Noon backups of the last `count` days. */
function backups(job: string, count: number, fields: Record<string, unknown> = {}) {
  return Array.from({ length: count }, (_, at) => {
    const time = new Date(NOW - (at + 1) * DAY + DAY / 2).toISOString();
    return {
      ...{
        id: `${job}-b${at + 1}`,
        run_id: `${job}-r${at + 1}`,
        job,
        status: "available",
        state: "available",
      },
      ...{ start_time: time, end_time: time, period_time: time },
      ...fields,
    };
  });
}

const FILES = {
  "/home/me/old.yaml": OLD,
  "/home/me/new.yaml": NEW,
  "/home/me/promised.yaml": PROMISED,
  "/home/me/bad.yaml": "jobs: 7\n",
  "/b.json": JSON.stringify([...backups("db", 30), ...backups("gone", 3)]),
};

async function run(args: string[], options: FakeHostOptions = {}) {
  const host = fakeHost({ files: FILES, now: NOW, ...options });
  const code = await main(args, host);
  return { code, out: host.out(), err: host.err(), requests: host.requests };
}

const OFFLINE = ["--old", "old.yaml", "--backups", "/b.json"];

test("plan prints what changes key by key, then what it does to backups", async () => {
  const { code, out, err } = await run(["plan", "-f", "new.yaml", ...OFFLINE]);
  assert.deepEqual([code, err], [0, ""]);
  assert.equal(
    out,
    `~ db changed
    retention.guard.policy_change_hold  1h -> 2h
    retention.daily                     30@L -> 7@L
> documents (was files) renamed
+ media added
    schedule           set to 0 0 12 * * *
    timezone           set to UTC
    provider           set to nas
    retention.daily    set to 7@L
    retention.monthly  set to 2@15
- gone removed
~ outside jobs
    providers.nas.headers.X-Key  <redacted> -> <redacted>

JOB   BACKUPS  DELETED NOW  WITHIN 30 DAYS  OLDEST
db    30       0 -> 23      30              2026-10-24 -> 2026-11-16
gone  3        -            -               -

! db: the guard too_many will stop it: 23 of 30 backups (76.6 %) would be deleted at once, max_percent allows 50 %: look with 'schelly retention show db', then 'schelly retention approve db'
! db: policy_change_hold: 23 backups that go only by the new policy stay for 2h after the edit
! db: max_deletes_per_pass 10: they go over 3 passes
! gone: 3 backups become unmanaged: nothing touches them until the job is back

Jobs: 1 added, 1 renamed, 1 changed, 1 removed, 1 as before. Backups deleted: 23 now, 23 of them by this edit, 30 within 30 days (before: 30).
`,
  );
});

test("plan --format markdown is a comment for a pull request", async () => {
  const { code, out } = await run(["plan", "-f", "promised.yaml", ...OFFLINE, "--format", "markdown"]);
  assert.equal(code, 6);
  assert.equal(
    out,
    `### Schelly plan

Jobs: 1 added, 1 renamed, 1 changed, 1 removed, 1 as before. Backups deleted: 23 now, 23 of them by this edit, 30 within 30 days (before: 30).

**Broken promises**
- \`db\`: promised at least 8 daily backups; at 2027-01-02T00:00:00.000Z there would be 7 (\`promised.yaml:6\`)

| job | change | backups | deleted now | within 30 days | oldest |
| --- | --- | --: | --: | --: | --- |
| \`db\` | changed | 30 | 0 → 23 | 30 | 2026-10-24 → 2026-11-16 |
| \`documents\` (was \`files\`) | renamed |  |  |  |  |
| \`media\` | added | 0 | 0 | 0 | - |
| \`gone\` | removed | 3 | - | - | - |

**\`db\`**
- \`expect\`: set to \`[ { after: 40d, daily: ">=8" } ]\`
- \`retention.guard.policy_change_hold\`: \`1h\` → \`2h\`
- \`retention.daily\`: \`30@L\` → \`7@L\`

**\`media\`**
- \`schedule\`: set to \`0 0 12 * * *\`
- \`timezone\`: set to \`UTC\`
- \`provider\`: set to \`nas\`
- \`retention.daily\`: set to \`7@L\`
- \`retention.monthly\`: set to \`2@15\`

**Outside jobs**
- \`providers.nas.headers.X-Key\`: \`<redacted>\` → \`<redacted>\`

**To know**
- \`db\`: the guard too\\_many will stop it: 23 of 30 backups (76.6 %) would be deleted at once, max\\_percent allows 50 %: look with 'schelly retention show db', then 'schelly retention approve db'
- \`db\`: policy\\_change\\_hold: 23 backups that go only by the new policy stay for 2h after the edit
- \`db\`: max\\_deletes\\_per\\_pass 10: they go over 3 passes
- \`gone\`: 3 backups become unmanaged: nothing touches them until the job is back
`,
  );
});

test("plan --format markdown lets no text of others be markup", async () => {
  const evil = OLD.replace("schedule: ", 'expect: [], timezone: "UTC", schedule: ')
    .replace("{ name: db,", "{ name: db, max_duration: 3h,");
  const provider = NEW.replace("http://p/b", "http://p/`b`|x");
  const files = { ...FILES, "/home/me/old.yaml": evil, "/home/me/new.yaml": provider };
  const { out } = await run(["plan", "-f", "new.yaml", ...OFFLINE, "--format", "markdown"], { files });
  assert.match(out, /→ `` http:\/\/p\/`b`\|x ``/);
});

test("plan --json gives every number and the backups that would go", async () => {
  const { code, out } = await run(["plan", "-f", "new.yaml", ...OFFLINE, "--json"]);
  assert.equal(code, 0);
  const view = JSON.parse(out);
  assert.deepEqual([view.deletes_now, view.deletes_now_by_edit, view.over_budget], [23, 23, false]);
  assert.deepEqual(view.deletes_within_30_days, { before: 30, after: 30 });
  const [db] = view.jobs;
  assert.deepEqual(db.backups.deletes_now, { before: 0, after: 23 });
  assert.deepEqual(db.backups.remove[0], {
    id: "db-b30",
    run_id: "db-r30",
    period_time: "2026-10-24T12:00:00.000Z",
  });
  assert.equal(db.backups.oldest.after, "2026-11-16T12:00:00.000Z");
  assert.doesNotMatch(out, /"(one|two)"/);
});

test("plan exits 6 when it would delete more than --max-deletes, and not when as many", async () => {
  const over = await run(["plan", "-f", "new.yaml", ...OFFLINE, "--max-deletes", "22"]);
  assert.equal(over.code, 6);
  assert.match(over.err, /^schelly: the plan deletes 23 backups now: --max-deletes allows 22\n$/);
  assert.equal((await run(["plan", "-f", "new.yaml", ...OFFLINE, "--max-deletes", "23"])).code, 0);
});

test("plan exits 6 for a promise that the edit breaks", async () => {
  const { code, err } = await run(["plan", "-f", "promised.yaml", ...OFFLINE]);
  assert.equal(code, 6);
  assert.match(
    err,
    /breaks 1 promise\n {2}promised\.yaml:6:\d+: jobs\[0\]\.expect\[0\]: job 'db' would break/,
  );
});

test("plan of the same configuration says that nothing changes", async () => {
  const { code, out } = await run(["plan", "-f", "old.yaml", ...OFFLINE]);
  assert.deepEqual([code, out], [0, "No job changes (4 as before).\n"]);
});

const JOBS = ["db", "files", "gone", "same"].map((job) => ({
  ...{ job, enabled: true, schedule: "0 0 12 * * *", timezone: "UTC", provider: "nas", available: 3 },
  policy: job === "db" ? "daily=30" : "daily=7",
  guards: job === "db" ? [{ guard: "not_found", latched: true, message: "3 backups are not known" }] : [],
}));

/** A server of `old.yaml` that shows its settings with this status. */
function serving(settings: unknown, status = 200): Answer {
  return (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/config") return jsonAnswer(settings, status);
    if (pathname === "/jobs") return jsonAnswer([...JOBS, { job: "left", managed: false, guards: [] }]);
    const job = searchParams.get("job")!;
    return jsonAnswer(backups(job, job === "db" ? 30 : 3, { provider: "nas", trigger: "schedule" }));
  };
}

async function against(answer: Answer, args: string[] = []) {
  return await run(["plan", "-f", "new.yaml", "--server", SERVER, ...args], {
    servers: { [SERVER]: answer },
  });
}

test("plan against a server compares what it has in force and asks for backups only where they matter", async () => {
  const settings = JSON.parse(
    (await run(["config", "show", "--config", "old.yaml", "--json"])).out,
  );
  const { code, out, err, requests } = await against(serving(settings));
  assert.equal(code, 0);
  assert.match(out, /^~ db changed\n {4}retention\.guard\.policy_change_hold {2}1h -> 2h$/m);
  assert.match(out, /^db +30 +0 -> 23 +30 +2026-10-24 -> 2026-11-16$/m);
  assert.match(out, /^! db: already stopped: 3 backups are not known$/m);
  assert.doesNotMatch(out, /left|X-Key/);
  assert.equal(err, "note: A changed secret cannot be seen against a server.\n");
  assert.deepEqual(requests.map((request) => request.split(" ")[2]), [
    "/jobs",
    "/config",
    "/runs?job=db&status=available&limit=1000",
    "/runs?job=media&status=available&limit=1000",
  ]);
});

test("plan against a server that shows its configuration to others only compares what it may see", async () => {
  const { code, out, err } = await against(serving({ status: 403, detail: "no" }, 403));
  assert.equal(code, 0);
  assert.match(out, /^~ db changed\n {4}retention\.daily {2}30@L -> 7@L\n> documents/m);
  assert.match(err, /operators only: compared are schedule, zone, provider, retention and enabled only/);
});

test("plan against no server ends with 4", async () => {
  const { code, out, err } = await run(["plan", "-f", "new.yaml", "--server", SERVER]);
  assert.deepEqual([code, out], [4, ""]);
  assert.match(
    err,
    /^schelly: Cannot reach the server: tried http:\/\/127\.0\.0\.1:8080 \(connection refused\)/,
  );
});

const WRONG: [args: string[], code: number, message: RegExp][] = [
  [[], 2, /required option '-f, --file <path>'/],
  [["-f", "new.yaml", "--old", "old.yaml"], 2, /Cannot use --old alone: expected --backups beside it/],
  [["-f", "new.yaml", "--backups", "/b.json"], 2, /Cannot use --backups alone: expected --old beside it/],
  [["-f", "new.yaml", ...OFFLINE, "--state", "s.db"], 2, /Cannot compare with both --old and --state/],
  [
    ["-f", "new.yaml", "--state", "s.db", "--server", SERVER],
    2,
    /Cannot compare with both --state and --server/,
  ],
  [
    ["-f", "new.yaml", ...OFFLINE, "--json", "--format", "markdown"],
    2,
    /Cannot print --json as --format markdown/,
  ],
  [["-f", "new.yaml", ...OFFLINE, "--format", "xml"], 2, /Expected one of table, json, markdown/],
  [["-f", "new.yaml", ...OFFLINE, "--max-deletes", "-1"], 2, /Expected a whole number from 0/],
  [["-f", "bad.yaml", ...OFFLINE], 3, /bad\.yaml:1:\d+/],
  [["-f", "no.yaml", ...OFFLINE], 3, /no\.yaml/],
  [["-f", "new.yaml", "--old", "bad.yaml", "--backups", "/b.json"], 3, /bad\.yaml:1:\d+/],
  [["-f", "new.yaml", "--old", "old.yaml", "--backups", "no.json"], 2, /Cannot read the backups in no\.json/],
  [["-f", "new.yaml", "--state", "no.db"], 1, /Cannot read the state 'no\.db': nothing is there/],
  [["-f", "new.yaml", "--state", ""], 2, /Cannot use --state ''/],
];

for (const [args, code, message] of WRONG) {
  test(`plan ${args.join(" ")} ends with ${code} and one clear line`, async () => {
    const ended = await run(["plan", ...args]);
    assert.deepEqual([ended.code, ended.out], [code, ""]);
    assert.match(ended.err, message);
  });
}

const UNREADABLE: [text: string, message: RegExp][] = [
  ["{", /it is not JSON/],
  ["{}", /expected an array as `schelly backups list --all --json` prints it/],
  ['[{ "status": "available" }]', /\[0\]: it has neither run_id nor id/],
  ['[{ "id": "a", "status": "available" }]', /\[0\]\.job is missing: expected one of db, files, gone, same/],
  ['[{ "id": "a", "job": "db", "status": "available", "start_time": "noon" }]', /\[0\]\.start_time: /],
  [
    '[{ "id": "a", "job": "db", "status": "available" }, { "id": "a", "job": "db", "status": "available" }]',
    /\[1\]: "a" is there twice/,
  ],
];

for (const [text, message] of UNREADABLE) {
  test(`plan --backups refuses ${text}`, async () => {
    const args = ["plan", "-f", "new.yaml", "--old", "old.yaml", "--backups", "-"];
    const { code, err } = await run(args, { stdin: text });
    assert.equal(code, 2);
    assert.match(err, /^schelly: Cannot read the backups in standard input: /);
    assert.match(err, message);
  });
}

test("plan counts neither what is not available nor what is held", async () => {
  const rows = backups("db", 30).map((row, at) => ({
    ...row,
    ...(at === 29 ? { held: true } : at === 28 ? { status: "deleting", state: "deleting" } : {}),
  }));
  const args = ["plan", "-f", "new.yaml", "--old", "old.yaml", "--backups", "-", "--json"];
  const { jobs } = JSON.parse((await run(args, { stdin: JSON.stringify(rows) })).out);
  assert.deepEqual([jobs[0].backups.count, jobs[0].backups.deletes_now.after], [29, 21]);
});

/** `OLD` in another order throughout: files, sections, jobs, providers, tokens and the keys of each. */
const SHUFFLED: [before: string, after: string] = [
  `
server:
  auth: { tokens: [ { name: a, role: viewer, token: ${"a".repeat(32)} }, { name: b, role: admin, token: ${
    "b".repeat(32)
  } } ] }
providers:
  nas: { url: "http://p/b", headers: { X-Key: one, Y: two }, formerly: [ x, y ] }
  box: { url: "http://q/b" }
jobs:
  - { name: db.one, schedule: "0 1 * * *", provider: { use: nas, create_body: { x: 1, y: [2, 3] } }, retention: { daily: 30, weekly: 2 } }
  - { name: db, schedule: "0 2 * * *", provider: nas, retention: { daily: 7 }, expect: [ { after: 8d, daily: ">=2" }, { after: 9d, daily: ">=3" } ] }
  - { name: "77", schedule: "0 3 * * *", provider: box, retention: { daily: 7 } }
`,
  `
jobs:
  - { name: "77", provider: box, schedule: "0 3 * * *", retention: { daily: 7 } }
  - { retention: { daily: 7 }, name: db, schedule: "0 2 * * *", provider: nas, expect: [ { daily: ">=3", after: 9d }, { daily: ">=2", after: 8d } ] }
  - { name: db.one, retention: { weekly: 2, daily: 30 }, provider: { create_body: { y: [2, 3], x: 1 }, use: nas }, schedule: "0 1 * * *" }
providers:
  box: { url: "http://q/b" }
  nas: { formerly: [ y, x ], headers: { Y: two, X-Key: one }, url: "http://p/b" }
server:
  auth: { tokens: [ { role: admin, name: b, token: ${"b".repeat(32)} }, { name: a, role: viewer, token: ${
    "a".repeat(32)
  } } ] }
`,
];

test("plan and config diff of the same configuration in another order say that nothing changes", async () => {
  const files = {
    ...FILES,
    "/home/me/old.yaml": SHUFFLED[0],
    "/home/me/new.yaml": SHUFFLED[1],
    "/b.json": "[]",
  };
  const plan = await run(["plan", "-f", "new.yaml", ...OFFLINE], { files });
  assert.deepEqual([plan.code, plan.out], [0, "No job changes (3 as before).\n"]);
  const diff = await run(["config", "diff", "old.yaml", "new.yaml"], { files });
  assert.deepEqual([diff.code, diff.out, diff.err], [0, "", "They do not differ.\n"]);
});

test("what keeps its meaning by its order, and a changed token, still differ", async () => {
  const edit = SHUFFLED[1].replace("y: [2, 3]", "y: [3, 2]").replace("b".repeat(32), "c".repeat(32));
  const files = { "/home/me/old.yaml": SHUFFLED[0], "/home/me/new.yaml": edit };
  const { out } = await run(["config", "diff", "old.yaml", "new.yaml", "--json"], { files });
  const { jobs, besides } = JSON.parse(out);
  assert.deepEqual(jobs.map(({ job, settings }: any) => [job, settings.map(({ key }: any) => key)]), [
    ["db.one", ["provider.create_body.y"]],
  ]);
  assert.deepEqual(besides.map(({ key }: any) => key), ["server.auth.tokens[b]"]);
});

test("plan against a server that tells its jobs and its settings in different orders compares them by name", async () => {
  const files = { ...FILES, "/home/me/old.yaml": SHUFFLED[0], "/home/me/new.yaml": SHUFFLED[1] };
  const settings = JSON.parse(
    (await run(["config", "show", "--config", "old.yaml", "--json"], { files })).out,
  );
  const jobs = [["db", "0 2 * * *", "nas"], ["77", "0 3 * * *", "box"], ["db.one", "0 1 * * *", "nas"]].map(
    ([job, schedule, provider]) => ({
      ...{ job, enabled: true, schedule, timezone: "UTC", provider, available: 3, guards: [] },
      policy: job === "db.one" ? "daily=30,weekly=2" : "daily=7",
    }),
  );
  const server: Answer = (request) =>
    jsonAnswer(new URL(request.url).pathname === "/config" ? settings : jobs);
  const { code, out } = await run(["plan", "-f", "new.yaml", "--server", SERVER], {
    files,
    servers: { [SERVER]: server },
  });
  assert.deepEqual([code, out], [0, "No job changes (3 as before).\n"]);
});

test("config diff shows what differs key by key, and no secret", async () => {
  const { code, out } = await run(["config", "diff", "old.yaml", "new.yaml"]);
  assert.equal(code, 0);
  assert.match(out, /^~ db changed\n {4}retention\.guard\.policy_change_hold {2}1h -> 2h$/m);
  assert.match(out, /^> documents \(was files\) renamed\n\+ media added$/m);
  assert.match(
    out,
    /^- gone removed\n~ outside jobs\n {4}providers\.nas\.headers\.X-Key {2}<redacted> -> <redacted>$/m,
  );
  assert.doesNotMatch(out, /\b(one|two)\b/);
});

test("config diff of equal configurations prints nothing, and --json empty lists", async () => {
  const same = await run(["config", "diff", "old.yaml", "old.yaml"]);
  assert.deepEqual([same.code, same.out, same.err], [0, "", "They do not differ.\n"]);
  const json = await run(["config", "diff", "old.yaml", "old.yaml", "--json"]);
  assert.deepEqual(JSON.parse(json.out), { jobs: [], besides: [] });
});

test("config diff tells jobs apart whose names look like keys", async () => {
  const jobs = (grace: string, daily: number) =>
    ["a", "a.retention", "a.b"].map((name) =>
      `  - { name: ${name}, grace_time: ${
        name === "a.b" ? grace : "1h"
      }, provider: { url: "http://p/b" },\n` +
      `      retention: { daily: ${name === "a" ? daily : 7} } }\n`
    ).join("");
  const files = {
    "/home/me/x.yaml": `jobs:\n${jobs("2h", 7)}`,
    "/home/me/y.yaml": `jobs:\n${jobs("3h", 8)}`,
  };
  const { out } = await run(["config", "diff", "x.yaml", "y.yaml", "--json"], { files });
  assert.deepEqual(JSON.parse(out).jobs, [
    {
      job: "a",
      former: null,
      change: "changed",
      settings: [{ key: "retention.daily", old: "7@L", new: "8@L" }],
    },
    { job: "a.b", former: null, change: "changed", settings: [{ key: "grace_time", old: "2h", new: "3h" }] },
  ]);
});

test("plan and config diff show a job and a provider put above the others as what was added", async () => {
  const edited = OLD.replace("providers:\n", 'providers:\n  tape: { url: "http://t/b" }\n')
    .replace("jobs:\n", "jobs:\n  - { name: first, provider: tape, retention: keep_all }\n");
  const files = { ...FILES, "/home/me/edited.yaml": edited };
  const changes = `+ first added
    schedule   set to 0 0 12 * * *
    timezone   set to UTC
    provider   set to tape
    retention  set to keep_all
~ outside jobs
    providers.tape.url  set to http://t/b
`;
  const diff = await run(["config", "diff", "old.yaml", "edited.yaml"], { files });
  assert.deepEqual([diff.code, diff.out, diff.err], [0, changes, ""]);
  const plan = await run(["plan", "-f", "edited.yaml", ...OFFLINE], { files });
  assert.ok(plan.out.startsWith(`${changes}\nJobs: 1 added, 4 as before. Backups deleted: 0 now`), plan.out);
});
