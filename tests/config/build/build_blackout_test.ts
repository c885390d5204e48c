// Which blackouts a configuration takes, and where it says what is wrong with one: of build_schedule.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { issuesOf, load } from "../../support/load_text.ts";

const yaml = (blackout: string, schedule = "0 0 12 * * *") =>
  `jobs:\n  - name: db\n    schedule: "${schedule}"\n    timezone: UTC\n    blackout: ${blackout}\n` +
  '    provider: { url: "http://host:7070/backups" }\n';

const read = async (blackout: string) => (await load(yaml(blackout))).jobs[0]!.blackout;

test("a blackout is a window, a list of them, or says what becomes of a start", async () => {
  assert.deepEqual(await read("Mon-Fri 08:00-18:00"), { windows: ["Mon-Fri 08:00-18:00"], act: "wait" });
  assert.deepEqual(await read('[" 22:00-06:00", "Sat,Sun"]'), {
    windows: ["22:00-06:00", "Sat,Sun"],
    act: "wait",
  });
  assert.deepEqual(await read("{ windows: [Sun], then: skip }"), { windows: ["Sun"], act: "skip" });
  assert.equal(await read("off"), undefined);
  assert.equal(await read("[]"), undefined);
});

test("a window that cannot be read, and a blackout under which nothing ever starts, are refused in their place", async () => {
  const said = async (text: string) => (await issuesOf(text)).join("\n");
  assert.match(await said(yaml("[Mon, Fry]")), /:5:21: jobs\[0\]\.blackout\[1\]: 'Fry' is not a window/);
  assert.match(
    await said(yaml("{ windows: [x] }")),
    /:5:27: jobs\[0\]\.blackout\.windows\[0\]: 'x' is not a window/,
  );
  assert.match(await said(yaml("Mon-Sun")), /these windows leave no time of the week/);
  assert.match(
    await said(yaml("{ windows: ['08:00-18:00'], then: skip }")),
    /every slot of '0 0 12 \* \* \*' lies in the blackout: the job would never start/,
  );
  assert.match(
    await said(yaml("['08:00-18:00']\n    start_deadline: 1h")),
    /none of them may wait for its end, as start_deadline is 1h/,
  );
  assert.equal((await load(yaml("['08:00-18:00']"))).jobs.length, 1);
});
