// That an answer is given again only while what it depends on stands, and for a minute.

import assert from "node:assert/strict";
import { test } from "node:test";
import { RecentAnswers } from "../../src/app/recent_answers.ts";
import { Rig } from "../support/engine_rig.ts";
import { FakeClock } from "../support/fake_clock.ts";

test("an answer stands for a minute, until an edit or a change; a failure is none", async () => {
  const clock = new FakeClock(0);
  const answers = new RecentAnswers<number>(clock);
  const [declared, edited] = new Rig({}).declare([{ name: "db" }, { name: "web" }]).map(({ job }) => job);
  let made = 0;
  const ask = (question: string, state = "1", job = declared!) =>
    answers.of(question, { declared: job, state }, () => Promise.resolve(++made));
  assert.deepEqual([await ask("a"), await ask("a"), await ask("b")], [1, 1, 2]);
  assert.equal(await ask("a", "2"), 3, "something has changed");
  assert.equal(await ask("a", "2", edited!), 4, "it is declared otherwise");
  await clock.advance(59_999);
  assert.equal(await ask("a", "2", edited!), 4);
  await clock.advance(1);
  assert.equal(await ask("a", "2", edited!), 5);
  await assert.rejects(
    answers.of("c", { declared: declared!, state: "1" }, () => Promise.reject(new Error("no"))),
  );
  assert.equal(await ask("c"), 6);
  for (let more = 0; more < 16; more++) await ask(`more ${more}`);
  assert.equal(await ask("c"), 23, "only the latest are kept");
});
