// Futures that take seconds to play, asked of the real program while it has a job that is due every two seconds.

import assert from "node:assert/strict";
import { systemClock } from "../../src/runtime/clock.ts";
import { startLedgerProvider } from "../support/ledger_provider.ts";
import { programTest, until } from "../support/program.ts";

const EVERY_MS = 2_000;
/** However slow the machine is, what is played in slices lets in far more. */
const LOOKS_A_FORECAST = 4;
const DAY = 86_400_000;
const EIGHT_HOURS = 28_800_000;

programTest(
  "no slot of a job that is due every two seconds is missed while forecasts are asked for",
  async (rig) => {
    await using provider = startLedgerProvider();
    await rig.configure(
      `jobs:\n  - { name: db, schedule: "*/2 * * * * *", retention: { secondly: 20 }, ` +
        `provider: { url: "${provider.url}", poll_interval: 100ms } }\n`,
      "auth: none",
    );
    const server = await rig.server();
    const runs = async () =>
      await server.runs("db") as { slot: string; state: string; reason: string | null }[];
    await until("it runs", async () => (await runs()).some(({ state }) => state === "available"));

    const now = systemClock.now();
    const forecast = (query: Record<string, string>) =>
      server.request(
        "GET",
        `/jobs/db/forecast?${new URLSearchParams({ schedule: "* * * * * *", ...query })}`,
      );
    const twenty = { until: new Date(now + 20 * 365 * DAY).toISOString(), policy: "secondly=1000000" };
    const oneNight = {
      until: new Date(now + EIGHT_HOURS).toISOString(),
      policy: "secondly=20000,minutely=400",
    };
    const from = systemClock.now();
    let looks = 0;
    let over = false;
    const watching = (async () => {
      for (; !over; looks++) await server.get("/livez");
    })();
    const answers: Awaited<ReturnType<typeof forecast>>[] = [];
    // However fast the machine is, some slots fall into it.
    while (systemClock.now() - from < 3 * EVERY_MS) {
      answers.push(...await Promise.all([twenty, oneNight, twenty, oneNight].map(forecast)));
    }
    const tookMs = systemClock.now() - from;
    over = true;
    await watching;

    for (const [at, { status, body }] of answers.entries()) {
      if (at % 2 === 1) assert.equal(status, 200, JSON.stringify(body));
      else {
        assert.equal(status, 422);
        assert.match(
          body.detail,
          /more than 200,000 slots and passes, the budget of one forecast: expected an end up to/,
        );
      }
    }
    await until("what was due is decided", async () => Date.parse((await runs())[0]!.slot) >= from + tookMs);
    const due = (await runs()).filter(({ slot }) =>
      Date.parse(slot) >= from && Date.parse(slot) < from + tookMs
    );
    const slots = Math.floor((from + tookMs - 1) / EVERY_MS) - Math.ceil(from / EVERY_MS) + 1;
    assert.equal(due.length, slots);
    const others = due.filter(({ state }) => !["available", "deleting", "deleted"].includes(state));
    assert.deepEqual(others, []);
    // A loop that a forecast held would answer once meanwhile.
    assert.ok(
      looks > LOOKS_A_FORECAST * answers.length,
      `${looks} answers beside ${answers.length} forecasts`,
    );
  },
);
