// Deletions to come: each is told once, half a day ahead at least, about once a day, and anew at once where they grew.

import assert from "node:assert/strict";
import { test } from "node:test";
import { zoneOf } from "../../../src/domain/calendar/zone.ts";
import {
  isDueNow,
  PLANNED_AHEAD_MS,
  type PlannedBackup,
  plannedText,
  type PlannedTold,
  toldOfPlan,
  untold,
} from "../../../src/domain/notify/planned.ts";

const HOUR = 3_600_000;
const MONDAY = Date.UTC(2026, 10, 23);

interface Told {
  hour: number;
  runIds: string[];
}

/** Plays hours from Monday on, a look an hour; `goingAt` says what goes, by when, as foreseen then. */
function play(hours: number, goingAt: (hour: number) => PlannedBackup[]): Told[] {
  let told: PlannedTold | undefined;
  const sent: Told[] = [];
  for (let hour = 0; hour < hours; hour++) {
    const now = MONDAY + hour * HOUR;
    const going = goingAt(hour).filter(({ at }) => at > now && at <= now + PLANNED_AHEAD_MS);
    const news = untold(told, going, now);
    if (!isDueNow(told, news, now)) continue;
    sent.push({ hour, runIds: news.map(({ runId }) => runId) });
    told = JSON.parse(JSON.stringify(toldOfPlan("a", going, now)));
  }
  return sent;
}

/** Made in that hour, gone in this one. */
const backup = (made: number, gone: number): PlannedBackup => ({
  runId: `r${made}`,
  periodTime: MONDAY + made * HOUR,
  at: MONDAY + gone * HOUR,
});

/** An hourly job that keeps 24. */
const hourly = (hour: number) => Array.from({ length: 24 }, (_, at) => backup(hour - at, hour - at + 24));

test("an hourly job is one message a day, and each of its deletions is told once, half a day ahead", () => {
  const sent = play(10 * 24, hourly);
  assert.deepEqual(sent.map(({ hour }) => hour), [0, 24, 48, 72, 96, 120, 144, 168, 192, 216]);
  const all = sent.flatMap(({ runIds }) => runIds);
  assert.equal(new Set(all).size, all.length);
  const daily = play(
    10 * 24,
    () => Array.from({ length: 20 }, (_, day) => backup(-500 + day * 24, day * 24 + 10)),
  );
  const lead = daily.flatMap(({ hour, runIds }) =>
    runIds.map((id) => ((Number(id.slice(1)) + 500) / 24) * 24 + 10 - hour)
  );
  assert.ok(lead.slice(1).every((hours) => hours >= 12), `${lead}`);
});

test("what nobody changed is told no second time, and nothing to come is no message", () => {
  assert.deepEqual(play(30, () => [backup(-9, 30)]).map(({ runIds }) => runIds), [["r-9"]]);
  assert.deepEqual(play(100, () => []), []);
});

test("an edit that lets more go is told at once, and tells of these alone", () => {
  const sent = play(6, (hour) => [backup(-9, 20), ...(hour < 3 ? [] : [backup(-8, 21), backup(-7, 22)])]);
  assert.deepEqual(sent, [{ hour: 0, runIds: ["r-9"] }, { hour: 3, runIds: ["r-8", "r-7"] }]);
  assert.equal(play(6, (hour) => hour < 3 ? [backup(-9, 20), backup(-8, 21)] : [backup(-9, 20)]).length, 1);
});

test("what was held when the channel was told last, and is released, is told again", () => {
  const sent = play(60, (hour) => {
    const isHeld = hour >= 5 && hour < 26;
    return [...(isHeld ? [] : [backup(-9, 30)]), backup(-8, 60)];
  });
  assert.deepEqual(sent, [
    { hour: 0, runIds: ["r-9"] },
    { hour: 24, runIds: ["r-8"] },
    { hour: 26, runIds: ["r-9"] },
  ]);
});

test("the message says what goes of whom, when, how much it is and how to stop it, the most first", () => {
  const setting = { name: "nas1", zone: zoneOf("UTC"), now: MONDAY + 8 * HOUR, publicUrl: null };
  const one = { job: "mail", news: [backup(-24, 20)], sizeMb: 1200, ids: ["snap-1"] };
  const two = { job: "files", news: [backup(-48, 20), backup(-40, 30)], sizeMb: null, ids: ["a", "b"] };
  assert.deepEqual(plannedText([one, two], setting), {
    title: "[nas1] 2 jobs: 3 backups will be deleted until Tue 06:00",
    text: `- files: 2 backups from Sat 00:00 to Sat 08:00, from Mon 20:00 on (a, b)
- mail: 1 backup of Sun 00:00, 1.2 GB, at Mon 20:00 (snap-1)
\`schelly backups hold ID --reason …\` keeps one, \`schelly freeze\` all; \`schelly forecast JOB\` shows what stays.`,
  });
  assert.match(
    plannedText([one], setting).title,
    /^\[nas1\] mail: 1 backup will be deleted until Mon 20:00$/,
  );
});
