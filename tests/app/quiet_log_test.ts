// What an hour costs of the log: nothing where nothing happens, a handful of lines where a provider is down for it.
// The whole program in this process, on a clock that is moved.
// Also tests composition/engine.ts, composition/entrance.ts, composition/operations.ts, composition/reloading.ts and
// composition/running_parts.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../support/fake_clock.ts";
import { type InProcessApp, startInProcess } from "../support/in_process_app.ts";

const HOUR = 3_600_000;
const MINUTE = 60_000;
/** A Saturday, five minutes before the hour. */
const START = Date.UTC(2026, 10, 28, 11, 55);

const refused = () =>
  Promise.reject(
    new TypeError(
      "error sending request for url (http://nas:7070/backups): client error (Connect): tcp connect error: " +
        "Connection refused (os error 111)",
    ),
  );

async function play(clock: FakeClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += MINUTE) await clock.advance(MINUTE);
}

/** The lines since the last look. */
function newLines(app: InProcessApp): string[] {
  return app.log.splice(0).join("").split("\n").filter((line) => line !== "")
    .map((line) => JSON.parse(line).message as string);
}

const yaml = (schedule: string, jobs: number, retry = "5s") =>
  `providers: { nas: { url: "http://nas:7070/backups" } }
defaults: { schedule: "${schedule}", provider: nas, retry_interval: ${retry} }
jobs: [${Array.from({ length: jobs }, (_, at) => `{ name: job-${at} }`).join(", ")}]
`;

test("an hour in which nothing is due logs nothing", async () => {
  const clock = new FakeClock(START);
  const http = () => Promise.resolve(new Response("", { status: 404 }));
  await using app = await startInProcess({ yaml: yaml("0 0 0 29 2 *", 3), http, clock, level: "info" });
  // Once a day the head of the audit trail is logged.
  await play(clock, HOUR);
  newLines(app);
  await play(clock, HOUR);
  assert.deepEqual(newLines(app), []);
});

test("in the first minute in which thirty jobs find no provider a handful of lines say that they wait", async () => {
  const clock = new FakeClock(START);
  await using app = await startInProcess({
    yaml: yaml("*/15 * * * * *", 30),
    http: refused,
    clock,
    level: "info",
  });
  await play(clock, 3 * MINUTE);
  const waiting = newLines(app).filter((line) =>
    /connection refused/.test(line) && !/was not started/.test(line)
  );
  assert.ok(waiting.length > 0 && waiting.length <= 6, `${waiting.length} lines:\n${waiting.join("\n")}`);
  assert.match(waiting.join("\n"), /more starts, of 30 jobs in all, wait for the same: connection refused/);
});

for (const [jobs, retry] of [[1, "5s"], [8, "1m"]] as const) {
  test(`a provider that is down for an hour costs ${jobs} job(s) a handful of lines each, each said once`, async () => {
    const clock = new FakeClock(START);
    let asked = 0;
    const http = () => (asked++, refused());
    await using app = await startInProcess({
      yaml: yaml("0 0 * * * *", jobs, retry),
      http,
      clock,
      level: "info",
    });
    await play(clock, 4 * MINUTE);
    newLines(app);
    await play(clock, HOUR);
    const lines = newLines(app);
    assert.ok(asked > 10, `it is tried again: ${asked}`);
    assert.ok(
      lines.length > 0 && lines.length <= 5 * jobs + 5,
      `${lines.length} lines:\n${lines.join("\n")}`,
    );
    assert.ok(lines.some((line) => /connection refused/.test(line)), lines.join("\n"));
    assert.deepEqual(lines.filter((line, at) => lines.indexOf(line) !== at), [], "nothing is said twice");
  });
}
