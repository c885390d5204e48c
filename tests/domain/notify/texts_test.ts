// What messages say: the sentences a person reads at night on a phone.
// Also tests words.ts, phrases.ts, good_text.ts, left_text.ts, many_text.ts, fold.ts and guard_brief.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import { adviceOn } from "../../../src/domain/known_cause.ts";
import { shortCause } from "../../../src/domain/short_cause.ts";
import { foldText } from "../../../src/domain/notify/fold.ts";
import type { Draft, NewsItem } from "../../../src/domain/notify/look.ts";
import type { JobDetails, Setting } from "../../../src/domain/notify/phrases.ts";
import { textOf } from "../../../src/domain/notify/texts.ts";
import type { GuardFacts } from "../../../src/domain/retention/guard.ts";
import { judge } from "../../../src/domain/retention/guard.ts";
import { suspicionOf } from "../../../src/domain/suspicion.ts";
import { judgeHealth } from "../../../src/domain/health.ts";
import type { HealthFacts } from "../../../src/domain/health_facts.ts";
import { failedProofReason } from "../../../src/domain/verification/verification.ts";
import { proofDamageText } from "../../../src/engine/safekeeping/damage.ts";
import type { BadSpell, JobLook } from "../../../src/domain/notify/track.ts";
import {
  daysBetween,
  type Gap,
  type MissedSlots,
  sizeJudgement,
  sizeWords,
  spanText,
  timeText,
} from "../../../src/domain/notify/words.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const zone = zoneOf("Europe/Berlin");
/** Wednesday, 02:31 in Berlin. */
const NOW = Date.UTC(2026, 10, 25, 1, 31);
/** The Monday before, 02:00. */
const LAST_GOOD = Date.UTC(2026, 10, 23, 1);
const THURSDAY = Date.UTC(2026, 10, 26, 1);
const WORDS = "connect 10.0.0.5:5432: connection refused";
const setting: Setting = { name: "nas1", zone, now: NOW, publicUrl: "https://backup.example" };

function item(look: Partial<JobLook>, spell: Partial<BadSpell> = {}): NewsItem {
  return {
    look: {
      job: "postgres",
      provider: "nas",
      state: "failing",
      well: false,
      since: NOW,
      cause: `${WORDS} (the last good backup is of 2026-11-23T01:00:00.000Z)`,
      remedy: "see 'schelly runs list --job postgres'",
      brief: null,
      words: WORDS,
      lastSuccessAt: LAST_GOOD,
      catchingUp: false,
      ...look,
    },
    spell: {
      state: "failing",
      since: NOW,
      lastGoodAt: LAST_GOOD,
      told: 0,
      toldAt: null,
      healedAt: null,
      ...spell,
    },
    changes: 1,
  };
}

const QUIET_GUARDS: GuardFacts = {
  ...{ job: "db", now: NOW, counted: 10, victims: 0, maxPercent: 50, missing: 0, future: 0, foreign: 0 },
  ...{ clockUntrustedUntil: null, freeze: null, suspectNewest: null },
};

const DETAILS: JobDetails = {
  sizeMb: 1200,
  pastSizes: [1150, 1100, 1210],
  failures: [{ at: NOW, words: WORDS }, { at: NOW - HOUR, words: WORDS }, { at: NOW - DAY, words: WORDS }],
  more: false,
  nextSlot: THURSDAY,
  expectedMs: 25 * HOUR,
};

function text(
  news: Draft["news"],
  items: NewsItem[],
  details: JobDetails | null = DETAILS,
  now = NOW,
): string {
  const { title, text, link } = textOf({ news, items }, details, { ...setting, now });
  return [title, text, ...link === null ? [] : [link]].join("\n");
}

test("a backup that fails: what, since when, the provider's words, what to do", () => {
  assert.equal(
    text("bad", [item({})]),
    `[nas1] postgres: no backup for 2 d (connection refused)
Last good Mon 02:00, 1.2 GB, kept. Failed 3 times, last 02:31: "connect 10.0.0.5:5432: connection refused".
Start PostgreSQL, then \`schelly jobs trigger postgres\`. By itself: Thu 02:00.
https://backup.example/ui/jobs/postgres`,
  );
});

test("a backup that is there again: after how long, how large, and which days have none", () => {
  const good = item({
    state: "ok",
    well: true,
    cause: null,
    remedy: null,
    words: null,
    lastSuccessAt: THURSDAY,
  });
  assert.equal(
    text("good", [good], { ...DETAILS, failures: [] }, THURSDAY + 60_000),
    `[nas1] postgres: backed up again after 3 d
Thu 02:00, 1.2 GB, usual size. Tue, Wed have no backup. Nothing to do.
https://backup.example/ui/jobs/postgres`,
  );
});

test("no backup is claimed that is not there", () => {
  const fixed = item({ state: "ok", well: true }, { state: "guarded", since: NOW - 3 * HOUR });
  assert.match(
    text("good", [fixed]),
    /postgres: well again after 3 h\nIt had its deletions stopped since Tue 23:31\. Nothing to do\./,
  );
  assert.doesNotMatch(text("good", [fixed]), /backed up/);
  const none = item({ lastSuccessAt: null }, { lastGoodAt: null });
  assert.match(text("bad", [none]), /no backup at all \(connection refused\)\nThere is no good backup\./);
  const first = item({ state: "ok", well: true, lastSuccessAt: THURSDAY }, { lastGoodAt: null });
  assert.match(text("good", [first], DETAILS, THURSDAY), /postgres: has a good backup\nThu 02:00/);
});

test("what is still wrong in another way is not called done", () => {
  const guarded = item({ state: "guarded", cause: "12 of 14 would go", lastSuccessAt: THURSDAY });
  const told = text("good", [guarded], { ...DETAILS, failures: [] }, THURSDAY);
  assert.match(told, /backed up again after 3 d\n[^]*no backup\. It is guarded now: 12 of 14 would go\.$/m);
  assert.doesNotMatch(told, /Nothing to do/);
});

test("one failed run within the time a backup may take is no absence of backups", () => {
  assert.match(
    text("bad", [item({ lastSuccessAt: NOW - HOUR })]),
    /postgres: its backup failed \(connection refused\)/,
  );
});

test("every other word says its cause and its remedy", () => {
  const guarded = item({
    state: "guarded",
    cause: "12 of 14 backups would go (guard many_victims)",
    remedy: "see 'schelly retention show postgres'",
    words: null,
  }, { since: NOW - 2 * HOUR });
  assert.equal(
    text("bad", [guarded]),
    `[nas1] postgres: its deletions are stopped (12 of 14 backups would go)
12 of 14 backups would go (guard many_victims). Since 00:31.
See 'schelly retention show postgres'.
https://backup.example/ui/jobs/postgres`,
  );
  const cause = "no good backup since 2026-11-23T01:00:00.000Z";
  const late = item({ state: "late", words: null, cause, remedy: "see it" });
  assert.match(
    text("bad", [late], { ...DETAILS, failures: [] }),
    /no backup for 2 d \(late\)\nLast good Mon 02:00, 1.2 GB, kept. No good backup since Mon 02:00.\nSee it. By itself: Thu 02:00./,
  );
});

test("many jobs of one provider are one text that names them", () => {
  const items = Array.from({ length: 23 }, (_, n) => item({ job: `j${n}` }));
  const told = text("bad", items, null);
  assert.match(told, /^\[nas1\] 23 jobs of nas: no backup \(connection refused\)\nj0 \(2 d\), j1 \(2 d\), /);
  assert.match(
    told,
    /j19 \(2 d\) and 3 more\.\n"connect 10\.0\.0\.5:5432: connection refused", since 02:31\.\nStart Post/,
  );
  assert.match(text("good", items, null), /^\[nas1\] 23 jobs of nas: well again\n/);
});

test("what is told again says that it still is so, what flaps says how often", () => {
  assert.match(text("again", [item({})]), /^\[nas1\] postgres: still no backup for 2 d/);
  assert.match(
    text("flapping", [{ ...item({}), changes: 5 }]),
    new RegExp(
      'postgres: fails and heals \\(connection refused\\), 5 changes in a day\nJust now it is failing: "connect .* ' +
        "Last good Mon 02:00, 1\\.2 GB, kept\\.\nStart PostgreSQL\\. See 'schelly runs list --job postgres'\\. " +
        "You are told once it has stayed well, or bad, for two hours\\.",
    ),
  );
  const healed = { state: "ok", well: true, cause: null, words: null } as const;
  const lastBad = { state: "failing", cause: WORDS, words: WORDS } as const;
  assert.match(
    text("flapping", [{ ...item(healed), changes: 6, lastBad }]),
    /\(connection refused\), 6 changes in a day\nIt is well just now, and was failing before: "connect /,
  );
  assert.match(
    text("steady", [{ ...item(healed), changes: 6, lastBad }]),
    /well and steady again\nIt failed and healed, 6 changes in a day, last with "connect [^]*been well since\. Last good Mon 02:00/,
  );
  assert.match(
    text("flapping", [{ ...item(healed), lastBad }, item({ job: "b" })], null),
    /2 jobs of nas: fail and heal \(connection refused\)\n[^]*1 of them are well just now, and they failed last with "conn[^]*Start Post/,
  );
});

test("what passed in quiet hours says what it was, and what is there now", () => {
  const healed = item({ state: "ok", well: true, cause: null, words: null }, {
    since: NOW - 4 * HOUR,
    healedAt: NOW - HOUR,
  });
  const passed = {
    ...healed,
    lastBad: { state: "failing", cause: WORDS, words: WORDS, brief: "connection refused" },
  } as const;
  assert.match(
    text("passed", [passed]),
    /failed from Tue 22:31 to 01:31 and is well again \(connection refused\)\nIt was "connect .*"\. Last good Mon 02:00, 1\.2 GB, kept\. Nothing to do\./,
  );
  assert.match(
    text("passed", [passed, { ...passed, look: { ...passed.look, job: "b" } }], null),
    /2 jobs of nas: were not well in quiet hours, and are again \(connection refused\)\n/,
  );
});

test("titles keep the cause where it is in words of our own, and the point where it is in those of a program", () => {
  const facts: HealthFacts = {
    ...{ job: "db", now: NOW, managed: true, unmanagedSince: null, enabled: true, disabledSince: null },
    ...{
      from: null,
      to: null,
      pause: null,
      storeTrouble: null,
      providerTrouble: null,
      knownSince: LAST_GOOD,
    },
    ...{ lastSuccessAt: NOW - HOUR, hasSound: true, lastFailure: null, failingSince: null },
    ...{ expectedMs: DAY, graceMs: HOUR },
    ...{ underWaySince: null, waiting: null, turn: null, unusable: null, catchingUp: false, nextSlot: null },
    ...{
      newestSuspect: null,
      missing: null,
      latched: null,
      doubt: null,
      stuck: null,
      upkeepTrouble: null,
      freeze: null,
    },
  };
  const past = Array.from({ length: 10 }, () => ({ sizeMb: 1200, accepted: false }));
  const suspect = (sizeMb: number, sizes = past) => {
    const reason = suspicionOf(sizeMb, { minSizeMb: null, minPercent: 50 }, sizes)!;
    return { newestSuspect: { id: "01a22285-21c3-7154-b6d7-683733dd7ccf", reason, since: NOW } };
  };
  const found = { ...QUIET_GUARDS, victims: 6, counted: 10 };
  const latched = (facts: Partial<GuardFacts>) => {
    const { guard, message } = judge({ ...QUIET_GUARDS, ...facts })[0]!;
    return { latched: { guard, message, since: NOW } };
  };
  const damaged = proofDamageText(
    "db",
    "b1",
    failedProofReason("pack 12ab is damaged: ciphertext verification failed"),
  );
  const inDoubt = `the clock, which says ${
    new Date(NOW).toISOString()
  }, is in doubt (it is 9 s ahead): nothing is deleted`;
  const table: [Partial<HealthFacts>, string][] = [
    [suspect(0, []), "a backup is suspect (it is empty)"],
    [suspect(0), "a backup is suspect (it is empty)"],
    [suspect(30), "a backup is suspect (30 MB is 2.5 % of 1.2 GB)"],
    [
      { missing: { count: 2, latest: "x", since: NOW } },
      "backups are missing (2 backups are not at the provider any more)",
    ],
    [{ doubt: { since: NOW, message: inDoubt } }, "its deletions are stopped (the clock is in doubt)"],
    [latched(found), "its deletions are stopped (6 of 10 backups would be deleted at once)"],
    [latched({ future: 2 }), "its deletions are stopped (2 backups are dated ahead of Wed 02:31)"],
    [latched({ missing: 3 }), "its deletions are stopped (backups are not at the provider any more)"],
    [latched({ foreign: 2, victims: 1 }), "its deletions are stopped (2 backups were not made by this job)"],
    [
      { latched: { guard: "upkeep_failed", message: damaged, since: NOW } },
      "its deletions are stopped (damaged)",
    ],
    [
      {
        latched: {
          guard: "failed_check",
          message: "the provider answers for another backup: nothing of job 'db' goes",
          since: NOW,
        },
      },
      "its deletions are stopped (the provider answers for another backup)",
    ],
    [
      { stuck: { since: NOW, message: "3 deletions find no way since Mon: the repository is locked" } },
      "its deletions find no way (locked)",
    ],
    [
      {
        lastFailure: {
          at: NOW,
          message: "the create command '/srv/dump' ended with exit code 3: " +
            "dump: while reading table customers of database shop: row 12 is torn",
        },
      },
      "its backup failed (row 12 is torn)",
    ],
  ];
  for (const [more, title] of table) {
    const health = judgeHealth({ ...facts, ...more });
    const { ofAll: _, ...look } = { ...health };
    const isMissing = more.missing === undefined ? {} : { isMissing: true } as const;
    const told = text(
      "bad",
      [item({ job: "db", lastSuccessAt: NOW - HOUR, ...look, ...isMissing })],
      DETAILS,
    );
    assert.equal(told.split("\n")[0], `[nas1] db: ${title}`);
  }
});

test("the end of a suspect calls nothing not made that was made, and is not done while some wait", () => {
  const gap = {
    missed: null,
    unsound: { count: 3, first: LAST_GOOD + DAY, last: NOW - DAY / 2 },
  };
  const told = (look: Partial<JobLook>, more: Partial<Gap> = {}) =>
    textOf(
      {
        news: "good",
        items: [
          item({ state: "ok", well: true, cause: null, words: null, lastSuccessAt: NOW, ...look }, {
            state: "suspect",
          }),
        ],
      },
      DETAILS,
      setting,
      new Map([["postgres", { ...gap, ...more }]]),
    );
  const { title, text } = told({ suspects: 3 });
  assert.equal(title, "[nas1] postgres: has a good backup again after 2 d");
  assert.equal(
    text,
    "02:31".replace("02:31", "Wed 02:31") +
      ", 1.2 GB, usual size. 3 backups from Tue 02:00 to Tue 14:31 were made and do not " +
      "count: they are suspect or rejected. 3 suspect backups wait for you to accept or reject: " +
      "`schelly backups list --job postgres --suspect`.",
  );
  assert.match(told({}).text, /rejected\. Nothing to do\.$/);
  const both =
    told({ suspects: 1 }, { missed: { count: 1, first: LAST_GOOD + HOUR, last: LAST_GOOD + HOUR } }).text;
  assert.match(both, /The backup due Mon 03:00 was not made\. 3 backups .* 1 suspect backup waits for you/);
  const many = textOf(
    {
      news: "good",
      items: ["a", "b"].map((job) => item({ job, state: "ok", well: true, words: null, suspects: 2 })),
    },
    null,
    setting,
  );
  assert.match(
    many.text,
    /\n4 suspect backups wait for you to accept or reject: `schelly backups list --status suspect`\.$/,
  );
});

test("the end of what does not run any more says so, of one job and of several", () => {
  const left = (job: string) => ({
    ...item({ job, state: "unmanaged", well: true, cause: null, words: null }, {
      state: "failing",
      since: NOW - 3 * HOUR,
    }),
    lastBad: { state: "failing", cause: WORDS, words: WORDS, brief: "connection refused" } as const,
  });
  const one = textOf({ news: "left", items: [left("postgres")] }, null, setting);
  assert.equal(one.title, "[nas1] postgres: taken out of the configuration, and failed (connection refused)");
  assert.equal(
    one.text,
    "It failed (connection refused) since Tue 23:31. Last good Mon 02:00. No more is told of that. " +
      "Backups that it has stay as they are.",
  );
  const two = textOf({ news: "left", items: [left("a"), left("b")] }, null, setting);
  assert.equal(two.title, "[nas1] 2 jobs: taken out of the configuration, and were not well");
  assert.match(two.text, /^a \(failed\), b \(failed\)\.\nNo more is told/);
});

test("another cause of the same trouble is told with the former one", () => {
  const other = item({ words: "wrong password" }, { told: 1, words: WORDS });
  assert.match(text("again", [other]), /: still no backup for 2 d \(not let in, was connection refused\)\n/);
  assert.match(
    text("again", [other, item({ job: "b" })], null),
    /2 jobs of nas: still no backup \(not let in, was connection refused\)\n/,
  );
  assert.match(text("again", [item({}, { told: 1, words: WORDS })]), /for 2 d \(connection refused\)\n/);
  const titleOf = (look: Partial<JobLook>) => text("again", [item(look)]).split("\n")[0]!.slice(17);
  const is = { cause: "x", words: null };
  assert.equal(titleOf({ ...is, state: "guarded" }), "its deletions are still stopped (x)");
  assert.equal(titleOf({ ...is, state: "stuck" }), "its deletions still find no way (x)");
  assert.equal(
    titleOf({ ...is, state: "suspect", proofFailed: true }),
    "a backup still cannot be restored (x)",
  );
});

test("which slots have no backup is said when there is one again, of one job and of many", () => {
  const good = item({ state: "ok", well: true, words: null, cause: null, lastSuccessAt: NOW });
  const told = (items: NewsItem[], missed: Record<string, MissedSlots>) =>
    textOf(
      { news: "good", items },
      items.length > 1 ? null : { ...DETAILS, expectedMs: 5 * HOUR },
      setting,
      new Map(Object.entries(missed).map(([job, missed]) => [job, { missed, unsound: null }])),
    ).text;
  const four = { count: 4, first: LAST_GOOD + 4 * HOUR, last: NOW - 4 * HOUR };
  assert.match(
    told([good], { postgres: four }),
    /usual size\. 4 backups due from Mon 06:00 to Tue 22:31 were not made\. No/,
  );
  assert.match(
    told([good], { postgres: { ...four, count: 1 } }),
    /The backup due Mon 06:00 was not made\. Nothing to do\.$/,
  );
  assert.doesNotMatch(told([good], {}), /not made/);
  const other = { ...good, look: { ...good.look, job: "b" } };
  assert.match(
    told([good, other], { postgres: four, b: { ...four, first: LAST_GOOD } }),
    /\n8 backups due from Mon 02:00 to Tue 22:31 were not made\.\nNothing to do\.$/,
  );
  assert.match(told([good, other], { b: { ...four, count: null } }), /\nVery many backups due from /);
});

test("causes in a few words, with what to do first", () => {
  const table: [words: string, short: string, advice: string][] = [
    [WORDS, "connection refused", "Start PostgreSQL"],
    ["connect 10.0.0.5:9999: connection refused", "connection refused", "Start what listens there"],
    ["write /repo/x: no space left on device", "no space left", "Make room"],
    ["FATAL: password authentication failed", "not let in", "Correct its password or key"],
    [
      "open /srv: permission denied",
      "permission denied",
      "Give the user that Schelly runs as the right to '/srv'",
    ],
    ["exit code 3", "exit code 3", "Fix that"],
    ["x".repeat(80), `${"x".repeat(59)}…`, "Fix that"],
    [
      "Cannot start a backup now: backup '01a221c5-b6ca-7783-a15a-c10b91aa136d' is running, and it makes one at a time",
      "backup '01a221c5' is running, and it makes one at a time",
      "Fix that",
    ],
    [
      "the create command '/usr/local/bin/dump-all-of-the-databases.sh' ended with exit code 3: the dump is torn",
      "the dump is torn",
      "Fix what '/usr/local/bin/dump-all-of-the-databases.sh' says ('schelly runs list --job JOB' leads to its output)",
    ],
    [
      `${"many words ".repeat(9)}end`,
      "many words many words many words many words many words many…",
      "Fix that",
    ],
  ];
  for (const [words, short, advice] of table) {
    assert.equal(shortCause(words), short);
    assert.equal(adviceOn(words), advice);
  }
});

test("times, spans and sizes as people write them", () => {
  assert.equal(timeText(NOW - 60_000, NOW, zone), "02:30");
  assert.equal(timeText(LAST_GOOD, NOW, zone), "Mon 02:00");
  assert.equal(timeText(NOW - 20 * DAY, NOW, zone), "5 Nov 02:31");
  assert.equal(timeText(NOW - 400 * DAY, NOW, zone), "21 Oct 2025 03:31");
  assert.deepEqual([0, 90 * 60_000, 47 * HOUR, 48 * HOUR].map(spanText), ["1 min", "90 min", "47 h", "2 d"]);
  assert.deepEqual([0, 0.2, 3.4, 999.99, 1_200_000].map(sizeWords), [
    "empty",
    "200 kB",
    "3.4 MB",
    "1 GB",
    "1.2 TB",
  ]);
  assert.equal(sizeJudgement(100, [100, 90]), null);
  assert.equal(sizeJudgement(300, [100, 90, 110]), "3.0 times the usual size");
  assert.equal(sizeJudgement(10, [100, 90, 110]), "10 % of the usual size");
  assert.equal(daysBetween(LAST_GOOD, LAST_GOOD + DAY, zone), null);
  assert.equal(daysBetween(LAST_GOOD, LAST_GOOD + 2 * DAY, zone), "Tue has");
  assert.equal(daysBetween(LAST_GOOD, LAST_GOOD + 20 * DAY, zone), "19 days have");
});

test("messages that may not be sent one by one are one with their titles", () => {
  const { title, text } = foldText("nas1", [
    "[nas1] a: x",
    ...Array.from({ length: 21 }, (_, n) => `[nas1] b${n}: y`),
  ]);
  assert.equal(title, "[nas1] 22 messages in one");
  assert.match(
    text,
    /^2 earlier ones are left out\.\n- b1: y\n- b2: y\n[^]*- b20: y\nSee `schelly status`\.$/,
  );
});
