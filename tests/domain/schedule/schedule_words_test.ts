// Schedules in words, and that whatever is no clearer in words stays the pattern.

import assert from "node:assert/strict";
import { test } from "node:test";
import { scheduleWords } from "../../../src/domain/schedule/schedule_words.ts";

test("scheduleWords() says how often, on which days, at which times", () => {
  const cases: [string, string][] = [
    ["0 2 * * *", "daily at 02:00"],
    ["@daily", "daily at 00:00"],
    ["59 59 23 * * *", "daily at 23:59:59"],
    ["0 0 */4 * * *", "every 4 hours"],
    ["30 1-23/4 * * *", "every 4 hours from 01:30"],
    ["0 * * * *", "every hour"],
    ["15 * * * *", "every hour at :15"],
    ["*/15 * * * *", "every 15 min"],
    ["5-59/15 * * * *", "every 15 min from :05"],
    ["* * * * *", "every minute"],
    ["*/5 * * * * *", "every 5 s"],
    ["* * * * * *", "every second"],
    ["0 2,14 * * *", "daily at 02:00, 14:00"],
    ["0 3 * * SUN", "Sundays at 03:00"],
    ["0 3 * * 7", "Sundays at 03:00"],
    ["0 22 * * MON-FRI", "Mon to Fri at 22:00"],
    ["30 3 * * 1,3", "Mon, Wed at 03:30"],
    ["0 */6 * * SAT", "every 6 hours Saturdays"],
    ["0 4 1 * *", "on the 1st of each month at 04:00"],
    ["0 4 1,15 * *", "on the 1st, 15th of each month at 04:00"],
    ["0 4 L * *", "on the last day of each month at 04:00"],
    ["0 0 1 1 *", "every year on 1 Jan at 00:00"],
    ["0 0 1 JAN,JUL *", "on the 1st of Jan, Jul at 00:00"],
    ["0 4 * DEC *", "every day of Dec at 04:00"],
    ["0 4 * 6 MON", "Mondays in Jun at 04:00"],
    ["0 4 22,23,11,2 * *", "on the 22nd, 23rd, 11th, 2nd of each month at 04:00"],
  ];
  for (const [pattern, words] of cases) assert.equal(scheduleWords(pattern), words, pattern);
});

test("what words would make no clearer stays as it is", () => {
  for (
    const pattern of [
      ...[
        "0 4 1 * MON",
        "0 4 15W * *",
        "0 4 * * MON#2",
        "0 4 * * 5L",
        "0 0 4 1 1 * 2030",
        "0 1,2,4,8,16 * * *",
      ],
      ...["1,2,3,5,8 * * * *", "0 9-17 * * *", "1,7 * * * * *", "no pattern", ""],
    ]
  ) assert.equal(scheduleWords(pattern), pattern);
});
