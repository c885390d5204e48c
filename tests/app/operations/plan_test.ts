// What an edit would do, asked of a running program: the numbers that retention then makes true, and nothing of it is done.

import assert from "node:assert/strict";
import { test } from "node:test";
import { planOperations } from "../../../src/app/operations/plan.ts";
import { LongWork } from "../../../src/engine/context/long_work.ts";
import type { PlanOutcome } from "../../../src/ports/operations.ts";
import { job, policy, type Rig, rig } from "../../support/engine_rig.ts";
import { load } from "../../support/load_text.ts";

const MINUTE = 60_000;
const BOSS = { name: "boss", role: "admin" } as const;

const yaml = (retention: string, more = "") =>
  `providers: { p: { url: "http://p/backups" } }
jobs:
  - { name: db, schedule: "0 * * * * *", provider: { use: p }, retention: { ${retention}, schedule: "0 0 0 1 1 *" } }
${more}`;

async function plansOf(r: Rig, inForce: string, env: Record<string, string> = {}) {
  const config = await load(inForce, { env });
  return planOperations({
    ...{ store: r.store, clock: r.clock, work: new LongWork(r.clock), env },
    config: () => config,
    loadPlanned: (edit) => load(inForce, { env, edit, secrets: "optional" }),
  });
}

function viewOf(outcome: PlanOutcome) {
  assert.ok(outcome.outcome === "plan", JSON.stringify(outcome));
  return outcome.view;
}

async function lived(): Promise<Rig> {
  const r = await rig({
    jobs: [{ ...job(), retention: policy("minutely=10"), retentionSchedule: "0 0 0 1 1 *" }],
  });
  await r.clock.advance(6 * MINUTE + 30_000);
  return r;
}

test("an edit says what it would delete of what is there, and neither deletes nor saves anything", async () => {
  await using r = await lived();
  const count = (await r.runs("available")).length;
  assert.ok(count >= 5, `${count}`);
  const { plan, planFiles } = await plansOf(r, yaml("minutely: 10"));
  assert.deepEqual(planFiles(), []);
  const view = viewOf(await plan({ text: yaml("minutely: 2"), file: null }, BOSS));
  assert.deepEqual([view.deletes_now, view.deletes_now_by_edit], [count - 2, count - 2]);
  const [db] = view.jobs;
  assert.deepEqual([db!.job, db!.change, db!.backups!.remove.length], ["db", "changed", count - 2]);
  assert.deepEqual(db!.settings, [{ key: "retention.minutely", old: "10@L", new: "2@L" }]);
  const same = viewOf(await plan({ text: yaml("minutely: 10"), file: null }, BOSS));
  assert.deepEqual([same.jobs, same.unchanged, same.besides], [[], 1, []]);
  assert.equal((await r.runs("available")).length, count);
  assert.deepEqual(r.provider.calls("delete"), []);
});

test("another provider, a new name, a job that goes and one that comes are each told as they are", async () => {
  await using r = await lived();
  const { plan } = await plansOf(r, yaml("minutely: 10"));
  const ask = async (text: string) => viewOf(await plan({ text, file: null }, BOSS)).jobs;
  const [renamed] = await ask(yaml("minutely: 10").replace("name: db", "name: pg, renamed_from: db"));
  assert.deepEqual([renamed!.job, renamed!.former, renamed!.change], ["pg", "db", "renamed"]);
  const [added, removed] = await ask(yaml("minutely: 10").replace("name: db", "name: pg"));
  assert.deepEqual([added!.change, removed!.change, removed!.backups!.deletes_now.after], [
    "added",
    "removed",
    null,
  ]);
  const [moved] = await ask(yaml("minutely: 10").replace("use: p", 'url: "http://q/b"'));
  assert.match(moved!.notes.join(), /become unmanaged, made at the provider 'p'/);
});

test("what cannot be used is told issue by issue", async () => {
  await using r = await lived();
  const { plan } = await plansOf(r, yaml("minutely: 10"));
  const outcome = await plan({ text: yaml("dayly: 3"), file: null }, BOSS);
  assert.ok(outcome.outcome === "invalid");
  assert.match(outcome.issues.map(({ message, hint }) => `${message} ${hint ?? ""}`).join(), /dayly/);
  assert.equal(outcome.issues[0]!.line, 3);
});

test("nobody learns by a plan what the environment of the server holds", async () => {
  await using r = await lived();
  const env = { TOKEN: "s3cr3t-token-value" };
  const { plan } = await plansOf(r, yaml("minutely: 10"), env);
  for (
    const text of [
      yaml("minutely: 10").replace("use: p", 'url: "http://q/${TOKEN}/b"'),
      yaml("minutely: 10").replace("name: db", 'name: "${TOKEN}"'),
      yaml("minutely: 10").replace('"0 * * * * *"', '"${TOKEN}"'),
      yaml("minutely: 10").replace("name: db", 'name: "${TOKEN}", renamed_from: db'),
    ]
  ) {
    const outcome = await plan({ text, file: null }, BOSS);
    assert.ok(!JSON.stringify(outcome).includes(env.TOKEN), text);
    assert.ok(JSON.stringify(outcome).includes("${TOKEN}"), `${text} ${JSON.stringify(outcome)}`);
  }
});

test("the files of a folder are what an edit may be one of", async () => {
  await using r = await lived();
  const files = { "/conf/a.yaml": yaml("minutely: 10"), "/conf/b.yml": "jobs: []" };
  const config = await load(null, { files, flags: { config: "/conf" } });
  const { planFiles } = planOperations({
    ...{ store: r.store, clock: r.clock, work: new LongWork(r.clock), env: {} },
    config: () => config,
    loadPlanned: () => Promise.resolve(config),
  });
  assert.deepEqual(planFiles(), ["/conf/a.yaml", "/conf/b.yml"]);
});
