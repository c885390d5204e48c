// What is kept of a year of hourly backups, as files: a change of the rules shows as a diff of dates.
// To write them anew: SCHELLY_WRITE_GOLDEN=1.

import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { env } from "node:process";
import { civil, zoneOf } from "../../../src/domain/calendar/zone.ts";
import { formatDate, twoDigits } from "../../../src/domain/calendar/calendar.ts";
import { backup, electNow, policyOf } from "../../support/histories.ts";
import { inWords } from "../../support/reason_words.ts";

const HOUR = 3_600_000;

const FILES: [file: string, zone: string, policy: string, from: string, to: string][] = [
  [
    "default",
    "Europe/Berlin",
    "daily=4,weekly=4,monthly=3,yearly=2",
    "2026-01-01T00:00:00+01:00",
    "2027-01-01T00:00:00+01:00",
  ],
  [
    "through_autumn",
    "Europe/Berlin",
    "hourly=30,daily=7,weekly=4",
    "2026-01-01T00:00:00+01:00",
    "2026-10-26T06:00:00+01:00",
  ],
  [
    "at_three",
    "Europe/Berlin",
    "hourly=6,daily=7@3,weekly=5@SUN,monthly=12@31",
    "2025-04-01T00:00:00+02:00",
    "2026-03-29T12:00:00+02:00",
  ],
  [
    "leap_year_monday_weeks",
    "Europe/Berlin",
    "daily=3,weekly=53@L,monthly=12@30,yearly=1@2,week_starts=monday",
    "2024-01-01T00:00:00+01:00",
    "2025-01-01T00:00:00+01:00",
  ],
  [
    "set_back_over_midnight",
    "America/St_Johns",
    "hourly=30,daily=5@23,weekly=2",
    "2010-01-01T00:00:00-03:30",
    "2010-11-08T00:00:00-03:30",
  ],
];

for (const [file, zoneName, policy, from, to] of FILES) {
  test(`elect() keeps of a year of hourly backups what ${file}.json says`, () => {
    const zone = zoneOf(zoneName);
    const backups = [];
    for (let time = Date.parse(from); time < Date.parse(to); time += HOUR) backups.push(backup(time));
    const election = electNow(backups, policyOf(policy), zoneName);
    const kept = election.keep.map(({ runId, tags, reasons }) => {
      const { hour, minute, ...date } = civil(zone, Date.parse(runId));
      const local = `${formatDate(date)} ${twoDigits(hour)}:${twoDigits(minute)}`;
      return `${local} (${runId.slice(0, 16)}Z) ${tags.slice(2).join(" ")}: ${inWords(reasons).join(", ")}`;
    });
    const text = JSON.stringify(
      { zone: zoneName, policy, from, to, backups: backups.length, victims: election.victims.length, kept },
      null,
      2,
    );
    const path = new URL(`../../testdata/retention/${file}.json`, import.meta.url);
    if (env.SCHELLY_WRITE_GOLDEN !== undefined) writeFileSync(path, `${text}\n`);
    assert.deepEqual(JSON.parse(text), JSON.parse(readFileSync(path, "utf8")));
  });
}
