// Days as they go, and how many messages a channel gets of them: the fewest that tell all of it.
// Also tests track.ts and quiet.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import type { HealthState } from "../../../src/domain/health.ts";
import { drain } from "../../../src/domain/slices.ts";
import { lookAt } from "../../../src/domain/notify/look.ts";
import { type NotifyRule, usualRule } from "../../../src/domain/notify/rule.ts";
import { formerWords, type JobLook, type Track } from "../../../src/domain/notify/track.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A Monday, 00:00 in UTC. */
const MONDAY = Date.UTC(2026, 10, 23);

interface Sent {
  at: number;
  news: string;
  jobs: string[];
  /** What is told of the first of them: why, why before, and how it was bad last. */
  words: string | null;
  former: string | undefined;
  lastWords: string | null;
}

/** How a job does at an instant. */
type Story = (at: number) => Partial<JobLook> & { state: HealthState };

const WELL: readonly HealthState[] = ["ok", "running", "paused", "outside", "disabled", "unmanaged"];

/** Plays `ms` from Monday on, a look each half minute or each `step`, and answers what a channel is sent. */
function play(
  stories: Record<string, Story>,
  ms: number,
  rule: Partial<NotifyRule> = {},
  step = MINUTE / 2,
  /** When each is there, from Monday on; absent: always. */
  lives: Record<string, [from: number, until: number]> = {},
): Sent[] {
  const rules = [{ ...usualRule("ops", "never"), ...rule }];
  const tracks = new Map<string, Track>();
  const sent: Sent[] = [];
  for (let at = MONDAY; at < MONDAY + ms; at += step) {
    const there = Object.entries(stories).filter(([job]) => {
      const [from, until] = lives[job] ?? [0, Infinity];
      return at - MONDAY >= from && at - MONDAY < until;
    });
    const looks = there.map(([job, story]): JobLook => {
      const told = story(at);
      return {
        job,
        provider: "nas",
        well: WELL.includes(told.state),
        since: told.state === "failing" ? at : null,
        cause: told.state,
        remedy: null,
        brief: null,
        words: null,
        lastSuccessAt: MONDAY - HOUR,
        catchingUp: false,
        ...told,
      };
    });
    const { changed, gone, drafts } = drain(lookAt("ops", rules, tracks, looks, at, zoneOf("UTC")));
    // As the store keeps them.
    for (const track of changed) tracks.set(track.job, JSON.parse(JSON.stringify(track)));
    for (const job of gone) tracks.delete(job);
    for (const { news, items } of drafts) {
      sent.push({
        at: at - MONDAY,
        news,
        jobs: items.map(({ look }) => look.job),
        words: items[0]!.look.words,
        former: formerWords(items[0]!.look, items[0]!.spell),
        lastWords: items[0]!.lastBad?.words ?? null,
      });
    }
  }
  return sent;
}

const told = (sent: readonly Sent[]) => sent.map(({ news }) => news).join(" ");
/** Bad in each of these stretches, `[from, until]` in ms. */
const badIn = (...stretches: [number, number][]): Story => (at) =>
  stretches.some(([from, until]) => at - MONDAY >= from && at - MONDAY < until)
    ? { state: "failing", since: MONDAY + stretches[0]![0], words: "connection refused" }
    : { state: "ok" };

test("a job that is well for a week sends nothing", () => {
  assert.deepEqual(play({ a: () => ({ state: "ok" }) }, 7 * DAY), []);
});

test("a failure is told once, its end once", () => {
  const sent = play({ a: badIn([HOUR, 5 * HOUR]) }, DAY);
  assert.equal(told(sent), "bad good");
  assert.equal(sent[0]!.at, HOUR + MINUTE);
  assert.equal(sent[1]!.at, 5 * HOUR + MINUTE);
});

test("it is said when news are due, and what was found late waits no longer for that", () => {
  const looks = (since: number): JobLook[] => [{
    job: "a",
    provider: "nas",
    state: "failing",
    well: false,
    since,
    cause: "no",
    remedy: null,
    brief: null,
    words: null,
    lastSuccessAt: null,
    catchingUp: false,
  }];
  const rules = [usualRule("ops", "never")];
  const due = (since: number, at: number, tracks = new Map<string, Track>()) =>
    drain(lookAt("ops", rules, tracks, looks(since), at, zoneOf("UTC")));
  assert.equal(due(MONDAY, MONDAY).dueAt, MONDAY + 50_000);
  assert.equal(due(MONDAY, MONDAY + 20_000).dueAt, MONDAY + 50_000);
  assert.equal(due(MONDAY, MONDAY + HOUR).dueAt, MONDAY + HOUR + 20_000, "others have a moment all the same");
  const { changed } = due(MONDAY, MONDAY);
  const then = due(MONDAY, MONDAY + 50_000, new Map([["a", changed[0]!]]));
  assert.deepEqual([then.drafts.length, then.dueAt], [1, null]);
});

test("what is over before it is told is never told", () => {
  assert.deepEqual(play({ a: badIn([HOUR, HOUR + MINUTE / 2]) }, DAY), []);
});

test("what stays bad is told again twice, and then no more", () => {
  const sent = play({ a: badIn([0, 30 * DAY]) }, 14 * DAY);
  assert.equal(told(sent), "bad again again");
  assert.deepEqual(sent.map(({ at }) => Math.round(at / DAY)), [0, 1, 2]);
  assert.equal(told(play({ a: badIn([0, 30 * DAY]) }, 14 * DAY, { repeatMs: null })), "bad");
});

test("a job that fails and heals twenty times in a day is six messages, one of them the next day", () => {
  const stretches = Array.from(
    { length: 20 },
    (_, n): [number, number] => [n * HOUR + HOUR / 2, (n + 1) * HOUR],
  );
  const sent = play({ a: badIn(...stretches) }, 3 * DAY);
  assert.equal(told(sent), "bad good bad good flapping steady");
  assert.deepEqual([sent[4]!.words, sent[4]!.lastWords], ["connection refused", "connection refused"]);
  assert.equal(sent.at(-1)!.at, 22 * HOUR + MINUTE, "steady only once it has been well for two hours");
  assert.equal(sent.at(-1)!.lastWords, "connection refused");
});

/** Thirty jobs of one provider, which find out one after the other within twenty seconds. */
const thirty = (...stretches: [number, number][]) =>
  Object.fromEntries(Array.from({ length: 30 }, (_, n) => [
    `j${n}`,
    badIn(...stretches.map(([from, until]): [number, number] => [from + n * 700, until + n * 700])),
  ]));

test("a provider that goes down twice within the hour is told twice, with its cause, and each end once and soon", () => {
  const sent = play(thirty([HOUR, HOUR + 4 * MINUTE], [HOUR + 8 * MINUTE, HOUR + 12 * MINUTE]), DAY);
  assert.equal(told(sent), "bad good bad good");
  assert.ok(sent.every(({ jobs }) => jobs.length === 30));
  assert.deepEqual(sent.map(({ words }) => words), ["connection refused", null, "connection refused", null]);
  const late = sent.map(({ at }, n) => at - HOUR - n * 4 * MINUTE);
  assert.ok(late.every((ms) => ms <= 2 * MINUTE), `${late}`);
});

test("a second outage within the hour is told at once also while one job is still bad from the first", () => {
  const jobs = thirty([HOUR, HOUR + 4 * MINUTE], [HOUR + 20 * MINUTE, HOUR + 24 * MINUTE]);
  const sent = play({ ...jobs, slow: badIn([HOUR, 3 * HOUR]) }, DAY);
  assert.deepEqual(sent.map(({ news, jobs }) => `${news} ${jobs.length}`), [
    "bad 31",
    "good 30",
    "bad 30",
    "good 30",
    "good 1",
  ]);
  assert.deepEqual(sent.map(({ at }) => Math.round(at / MINUTE)), [61, 69, 81, 89, 181]);
});

test("the end of an outage waits for those that are still bad, for five minutes at most", () => {
  const until = (minutes: number) => badIn([HOUR, 2 * HOUR + minutes * MINUTE]);
  const sent = play({ a: until(0), b: until(1.5), c: until(3), d: until(30) }, 6 * HOUR);
  assert.deepEqual(sent.map(({ news, jobs, at }) => [news, jobs.length, at / MINUTE - 120]), [
    ["bad", 4, -59],
    ["good", 3, 5],
    // At most one an hour, as of all that belongs to one outage.
    ["good", 1, 65],
  ]);
});

test("a third time within the day they fail and heal: one message with the cause, and one when that is over", () => {
  const [fourth, third] = [[16 * HOUR, 16.5 * HOUR], [12 * HOUR, 13 * HOUR]] as [number, number][];
  const sent = play(thirty([HOUR, 2 * HOUR], [6 * HOUR, 7 * HOUR], third!, fourth!), 3 * DAY);
  assert.equal(told(sent), "bad good bad good flapping steady");
  assert.ok(sent.every(({ jobs }) => jobs.length === 30));
  assert.deepEqual([sent[4]!.words, sent[5]!.lastWords], ["connection refused", "connection refused"]);
  assert.ok(sent[5]!.at > 15 * HOUR && sent[5]!.at < 15.1 * HOUR, `${sent[5]!.at / HOUR}`);
});

test("one that flaps no more is told when it then stays bad, and its end", () => {
  const sent = play(
    thirty([1 * HOUR, 2 * HOUR], [3 * HOUR, 4 * HOUR], [5 * HOUR, 6 * HOUR], [9 * HOUR, 14 * HOUR]),
    DAY,
  );
  assert.equal(told(sent), "bad good bad good flapping steady bad good");
});

test("that it came to rest is not told when it is bad again before that", () => {
  const again: [number, number] = [8 * HOUR + MINUTE / 2, 9 * HOUR];
  const sent = play(
    { a: badIn([1 * HOUR, 2 * HOUR], [3 * HOUR, 4 * HOUR], [5 * HOUR, 6 * HOUR], again) },
    DAY,
  );
  assert.equal(told(sent), "bad good bad good flapping steady");
  assert.ok(sent[5]!.at >= 11 * HOUR, `${sent[5]!.at / HOUR}`);
});

test("another cause of what is bad is told once, with the former one, and no more often than what is still wrong", () => {
  const causes = (...stretches: [number, string][]): Story => (at) => {
    const [, words] = stretches.findLast(([from]) => at - MONDAY >= from)!;
    return { state: "failing", since: MONDAY, words };
  };
  const [refused, password, full] = ["connection refused (try 7)", "wrong password", "disk full"];
  const once = play(
    { a: causes([0, refused], [HOUR, "connection refused (try 8)"], [2 * HOUR, password]) },
    DAY,
  );
  assert.deepEqual(once.map(({ news, words, former }) => [news, words, former]), [
    ["bad", refused, undefined],
    ["again", password, "connection refused (try 7)"],
  ]);
  const toAndFro = play({
    a: (at) => ({ state: "failing", since: MONDAY, words: at % (2 * HOUR) < HOUR ? refused : password }),
  }, 20 * HOUR);
  assert.equal(told(toAndFro), "bad again");
  const week = play({ a: causes([0, refused], [5 * DAY, password], [5 * DAY + HOUR, full]) }, 9 * DAY);
  assert.deepEqual(week.map(({ words }) => words), [refused, refused, refused, password, full]);
  assert.ok(week[4]!.at - week[3]!.at >= DAY);
  const all = play(
    Object.fromEntries(
      Array.from({ length: 30 }, (_, n) => [`j${n}`, causes([0, refused], [HOUR + n * 700, password])]),
    ),
    DAY,
  );
  assert.deepEqual(all.map(({ news, jobs }) => [news, jobs.length]), [["bad", 30], ["again", 30]]);
});

test("a late job whose next start finds no provider is not told as good, however often it is tried", () => {
  const story: Story = (at) =>
    (at - MONDAY) % HOUR < 20 * MINUTE ? { state: "waiting", since: at } : { state: "late", since: MONDAY };
  assert.equal(told(play({ a: story }, 20 * HOUR)), "bad");
});

test("a job that flaps for a week is told thrice, and is not silent when it ends bad", () => {
  const stretches = Array.from(
    { length: 168 },
    (_, n): [number, number] => [n * HOUR + HOUR / 2, (n + 1) * HOUR],
  );
  const sent = play({ a: badIn(...stretches, [168 * HOUR, 300 * HOUR]) }, 8.5 * DAY);
  assert.equal(told(sent), "bad good bad good flapping flapping flapping bad again");
});

test("a job that flapped and then stays bad is told as bad within two hours, not only a day later", () => {
  const stretches = Array.from(
    { length: 5 },
    (_, n): [number, number] => [n * HOUR + HOUR / 2, (n + 1) * HOUR],
  );
  const sent = play({ a: badIn(...stretches, [6 * HOUR, 12 * HOUR]) }, 3 * DAY);
  assert.equal(told(sent), "bad good bad good flapping bad good");
  const bad = sent[5]!.at;
  assert.ok(bad > 8 * HOUR && bad < 8.1 * HOUR, `${bad / HOUR}`);
});

test("a provider with 200 jobs that goes down for a day is one message, and one when it is back", () => {
  const jobs = Object.fromEntries(
    Array.from({ length: 200 }, (_, n) => [`j${n}`, badIn([HOUR + n * 100, 25 * HOUR])]),
  );
  const sent = play(jobs, 3 * DAY, { repeatMs: 12 * HOUR }, 10 * MINUTE);
  assert.equal(told(sent), "bad again good");
  assert.ok(sent.every(({ jobs }) => jobs.length === 200));
});

test("its jobs that find out in the course of the day are told at most once an hour", () => {
  const jobs = Object.fromEntries(
    Array.from({ length: 200 }, (_, n) => [`j${n}`, badIn([n * 5 * MINUTE, 40 * HOUR])]),
  );
  const sent = play(jobs, 2 * DAY, { repeatMs: null }, 5 * MINUTE);
  const bad = sent.filter(({ news }) => news === "bad");
  assert.ok(bad.length <= 18, `${bad.length}`);
  assert.equal(new Set(bad.flatMap(({ jobs }) => jobs)).size, 200, "each job is told");
  assert.equal(sent.filter(({ news }) => news === "good").length, 1);
});

test("two causes at one provider are two messages, and so is one cause at two", () => {
  const failing = (words: string, provider: string): Story => () => ({
    state: "failing",
    since: 1,
    words,
    provider,
  });
  const sent = play(
    {
      a: failing("no space left (run 17)", "nas"),
      b: failing("no space left (run 18)", "nas"),
      c: failing("timeout", "nas"),
      d: failing("timeout", "cloud"),
    },
    HOUR,
  );
  assert.deepEqual(sent.map(({ jobs }) => jobs), [["a", "b"], ["c"], ["d"]]);
});

test("trouble of the whole program is one message whatever the providers are", () => {
  const full = (provider: string): Story => () => ({
    state: "failing",
    since: null,
    cause: "disk full",
    ofAll: true,
    provider,
  });
  assert.equal(play({ a: full("x"), b: full("y") }, HOUR).length, 1);
});

test("a laptop that wakes late and backs up at once sends nothing", () => {
  const wake = 8 * HOUR;
  const sent = play({
    a: (at) => {
      const since = at - MONDAY - wake;
      if (since < 0) return { state: "ok" };
      // Late in the first look after the lid is opened, then under way for twenty minutes, then done.
      if (since < MINUTE) return { state: "late", since: MONDAY };
      if (since < 20 * MINUTE) return { state: "running" };
      return { state: "ok", lastSuccessAt: MONDAY + wake + 20 * MINUTE };
    },
  }, DAY);
  assert.deepEqual(sent, []);
});

test("a late job that is under way is not told as good before its backup is there", () => {
  const sent = play({
    a: (at) => {
      const hour = (at - MONDAY) / HOUR;
      if (hour < 2) return { state: "late", since: MONDAY };
      if (hour < 3) return { state: "waiting", well: true };
      if (hour < 4) return { state: "running" };
      return hour < 5 ? { state: "late", since: MONDAY } : { state: "ok", lastSuccessAt: MONDAY + 5 * HOUR };
    },
  }, DAY);
  assert.equal(told(sent), "bad good");
  assert.equal(sent[1]!.at, 5 * HOUR + MINUTE);
});

test("a late job is not told as good because the program was started anew", () => {
  const sent = play({
    a: (at) => {
      const hour = (at - MONDAY) / HOUR;
      // For two minutes after the start nothing is called late.
      if (hour >= 2 && hour < 2 + 1 / 30) return { state: "ok", catchingUp: true };
      return hour < 6 ? { state: "late", since: MONDAY } : { state: "ok" };
    },
  }, 12 * HOUR);
  assert.deepEqual(sent.map(({ at, news }) => [Math.floor(at / HOUR), news]), [[0, "bad"], [6, "good"]]);
});

test("quiet hours delay and never drop: also what was over in them is told at their end", () => {
  const quiet = { from: 22 * 60, to: 7 * 60 };
  const during = play({ a: badIn([23 * HOUR, 26 * HOUR]) }, 2 * DAY, { quiet });
  assert.deepEqual(during.map(({ at, news }) => [at, news]), [[31 * HOUR, "passed"]]);
  const into = play({ a: badIn([23 * HOUR, 40 * HOUR]) }, 2 * DAY, { quiet });
  assert.deepEqual(into.map(({ at, news }) => [at / HOUR, news]), [[31, "bad"], [40 + 1 / 60, "good"]]);
});

test("a job that failed and healed in quiet hours and came to rest in them is one message at their end", () => {
  const quiet = { from: 22 * 60, to: 7 * 60 };
  const night = Array.from({ length: 5 }, (_, at): [number, number] => {
    const from = 23 * HOUR + at * 20 * MINUTE;
    return [from, from + 10 * MINUTE];
  });
  const rested = play({ a: badIn(...night) }, 3 * DAY, { quiet });
  assert.deepEqual(rested.map(({ at, news, lastWords }) => [at / HOUR, news, lastWords]), [
    [31, "steady", "connection refused"],
  ]);
  const bad = play({ a: badIn(...night, [25 * HOUR, 40 * HOUR]) }, 2 * DAY, { quiet });
  assert.deepEqual(bad.map(({ at, news }) => [Math.floor(at / HOUR), news]), [[31, "bad"], [40, "good"]]);
});

test("a job that is renamed while it is bad is told no second time, and its end under its new name", () => {
  const renamed = 2 * HOUR;
  const former: Story = (at) => ({ ...badIn([0, renamed])(at) });
  const story: Story = (at) => ({ ...badIn([0, 4 * HOUR])(at), renamedFrom: "old" });
  const sent = play({ old: former, new: story }, 6 * HOUR, {}, MINUTE / 2, {
    old: [0, renamed],
    new: [renamed, DAY],
  });
  assert.deepEqual(sent.map(({ news, jobs }) => [news, jobs]), [["bad", ["old"]], ["good", ["new"]]]);
  // Where the former job is still there it is another one.
  const both = play({ old: badIn([0, DAY]), new: story }, HOUR);
  assert.deepEqual(both.map(({ jobs }) => jobs), [["old", "new"].sort()]);
});

test("a job that was told as bad and does not run any more is told so once, also where it flapped", () => {
  for (const state of ["unmanaged", "disabled", "outside"] as const) {
    const story: Story = (at) => at < MONDAY + HOUR ? { state: "failing", since: MONDAY } : { state };
    assert.equal(told(play({ a: story }, 2 * DAY)), "bad left");
    assert.equal(told(play({ a: story }, 2 * DAY, { on: ["failing"] })), "bad");
    const flaps: Story = (at) =>
      at < MONDAY + 2 * HOUR
        ? Math.floor((at - MONDAY) / (5 * MINUTE)) % 2 === 0
          ? { state: "failing", since: MONDAY }
          : { state: "ok" }
        : { state };
    assert.match(told(play({ a: flaps }, 2 * DAY)), /flapping left$/);
  }
  // What was never told needs no end.
  assert.deepEqual(play({ a: (at) => ({ state: at === MONDAY ? "failing" : "unmanaged" }) }, HOUR), []);
});

test("what gets worse is told anew, within the same three messages", () => {
  const worse: Story = (at) =>
    at - MONDAY < HOUR ? { state: "guarded", since: 1 } : { state: "failing", since: 2, words: "x" };
  assert.equal(told(play({ a: worse }, 9 * DAY)), "bad bad again");
  // Milder trouble is part of what was told.
  const milder: Story = (at) =>
    at - MONDAY < HOUR ? { state: "failing", since: 2 } : { state: "guarded", since: 1 };
  assert.equal(told(play({ a: milder }, HOUR * 20)), "bad");
});

test("a rule tells what it names: no waiting unless asked for, no end where recovered is not named", () => {
  const waits: Story = () => ({ state: "waiting", since: 1, well: false });
  assert.deepEqual(play({ a: waits }, DAY), []);
  assert.equal(told(play({ a: waits }, HOUR, { on: ["waiting"] })), "bad");
  assert.equal(told(play({ a: badIn([0, HOUR]) }, DAY, { on: ["failing"] })), "bad");
});

test("pausing a job that fails ends it without a word, and it is told again when it still fails", () => {
  const story: Story = (at) => {
    const hour = (at - MONDAY) / HOUR;
    return hour >= 2 && hour < 4 ? { state: "paused" } : { state: "failing", since: 1 };
  };
  assert.equal(told(play({ a: story }, 6 * HOUR)), "bad bad");
});

test("a channel that asks for verification_failed is told of a backup that cannot be restored, and of no other guard", () => {
  const on = ["verification_failed", "recovered"] as const;
  const guarded = (proofFailed: boolean): Story => (at) =>
    at < MONDAY + HOUR
      ? { state: "guarded", ...(proofFailed ? { proofFailed: true } : {}) }
      : { state: "ok" };
  const sent = play({ a: guarded(true), b: guarded(false) }, 2 * HOUR, { on });
  assert.deepEqual(sent.map(({ news, jobs }) => [news, jobs]), [["bad", ["a"]], ["good", ["a"]]]);
});
