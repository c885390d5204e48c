// `schelly notify list | test`: what waits and why, and a trial whose exit code is the answer.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { fakeHost, jsonAnswer } from "../../support/fake_host.ts";

const SERVER = "http://127.0.0.1:8080";
const LIST = {
  name: "nas1",
  timezone: "UTC",
  channels: [
    { name: "ops", type: "webhook", waiting: 2, oldest: "2026-11-22T23:59:59.000Z", error: "it answers 500" },
    { name: "mail", type: "email", waiting: 0, oldest: null, error: null },
  ],
  rules: [
    {
      to: ["ops"],
      on: ["failing"],
      jobs: ["db-*"],
      repeat_seconds: 86400,
      quiet: "22:00-07:00",
      digest: "never",
    },
    {
      to: ["mail"],
      on: ["late", "recovered"],
      jobs: ["*"],
      repeat_seconds: null,
      quiet: null,
      digest: "weekly",
    },
  ],
};

const serving = (answer: unknown) =>
  fakeHost({
    env: { SCHELLY_SERVER: SERVER },
    servers: { [SERVER]: () => jsonAnswer(answer) },
    columns: 120,
  });

test("notify list: channels with what waits and why, then the rules", async () => {
  const host = serving(LIST);
  assert.equal(await main(["notify", "list"], host), 0);
  assert.deepEqual(host.requests, [`GET ${SERVER} /notify`]);
  assert.match(
    host.out(),
    /^CHANNEL +TYPE +WAITING +SINCE +WHY *\nops +webhook +2 .*it answers 500\nmail +email +0 +- +-/,
  );
  assert.match(host.out(), /\nops: failing; of db-\*; again after 24 h; not at 22:00-07:00\n/);
  assert.match(host.out(), /\nmail: late recovered; once; weekly digest\n$/);
});

test("notify list: news that quiet hours hold are said beside what waits", async () => {
  const [ops, mail] = LIST.channels;
  const host = serving({ ...LIST, channels: [{ ...ops, held_jobs: 1 }, { ...mail, held_jobs: 12 }] });
  await main(["notify", "list"], host);
  assert.match(host.out(), /it answers 500; news of 1 job wait for the end of quiet hours/);
  assert.match(host.out(), /\nmail .*news of 12 jobs wait for the end of quiet hours/);
});

test("notify test: exit 0 when all were taken, 1 when one was not, with why", async () => {
  const sent = [{ news: "bad", title: "TEST a", ok: true, message: null }];
  const good = serving({ channel: "ops", sent });
  assert.equal(await main(["notify", "test", "ops"], good), 0);
  assert.deepEqual(good.requests, [`POST ${SERVER} /notify/ops/test`]);
  assert.equal(good.out(), "taken: TEST a\n");
  const bad = serving({
    channel: "ops",
    sent: [...sent, { news: "good", title: "TEST b", ok: false, message: "it answers 401" }],
  });
  assert.equal(await main(["notify", "test", "ops"], bad), 1);
  assert.match(bad.out(), /^taken: TEST a\nnot taken: TEST b: it answers 401\n$/);
});

test("notify test: a reason that all have in common is said once", async () => {
  const sent = ["a", "b", "c"].map((title) => ({ news: "bad", title, ok: false, message: "it answers 401" }));
  const all = serving({ channel: "ops", sent });
  assert.equal(await main(["notify", "test", "ops"], all), 1);
  assert.equal(all.out(), "none of 3 was taken: it answers 401\n");
  const mixed = serving({ channel: "ops", sent: [...sent, { ...sent[0], message: "it answers 500" }] });
  assert.equal(await main(["notify", "test", "ops"], mixed), 1);
  assert.equal(mixed.out().match(/^not taken: /gm)?.length, 4);
});
