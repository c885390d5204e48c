// The retention timeline: what it says and shows of two years with three holes, a hold, a suspect and a clock change; that
// every backup is in exactly one mark, whatever the history; and that no text of others becomes markup.
// Also tests svg.ts, picture.ts, words.ts, labels.ts, ticks.ts, time_scale.ts, instants.ts, timeline_axis.ts, timeline_drawing.ts,
// timeline_lanes.ts, timeline_layout.ts, timeline_marks.ts, timeline_model.ts, timeline_signs.ts, timeline_table.ts and timeline_words.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { timeline } from "../../../src/web/pictures/timeline.ts";
import { lanesOf, policyOf } from "../../../src/web/pictures/timeline_lanes.ts";
import { type Level, LEVELS } from "../../../src/domain/policy.ts";
import { iso } from "../../../src/domain/instant.ts";
import type { TimelineBackup, TimelineInput } from "../../../src/web/pictures/timeline_input.ts";
import { assertGolden } from "../../support/golden.ts";
import { NOW, setOf, triedOn, twoYears, veryMany } from "../../support/picture_worlds.ts";
import { everyNode, type Node, ofClass, readSvg } from "../../support/svg_reader.ts";

const DAY = 86_400_000;
const WIDTHS = { wide: 1120, narrow: 374 };

const draw = (input: TimelineInput, width = WIDTHS.wide) => timeline(input, { id: "t", width });
const fact = (input: TimelineInput, term: RegExp) =>
  draw(input).facts.find((one) => term.test(one.term))?.text ?? "not said";

/** How many backups the marks of a picture hold together, by their own words. */
function countOfMarks(root: Node): number {
  const marks = ofClass(root, "marks")[0]!;
  return marks.children.reduce((sum, child) => {
    if (child.name === "a") return sum + (ofClass(child, "dot").length);
    const many = ofClass(child, "many").some((one) => !one.attributes.class!.includes("coming"));
    return many ? sum + Number(/^([\d,]+) backup/.exec(titleOf(child))![1]!.replaceAll(",", "")) : sum;
  }, 0);
}

function titleOf(node: Node): string {
  return node.children.find(({ name }) => name === "title")?.text ?? "";
}

test("two years look as they were seen last", () => {
  const world = twoYears();
  const tried = { change: "daily: 3", goes: triedOn(world, "daily=3,weekly=5,monthly=12,yearly=3") };
  const inMonth = setOf(world, NOW + 30 * DAY);
  for (const [name, width] of Object.entries(WIDTHS)) {
    assertGolden(`timeline_${name}.svg`, draw(world, width).svg);
    assertGolden(`timeline_${name}_tried.svg`, draw({ ...world, trial: tried }, width).svg);
    assertGolden(`timeline_${name}_in_a_month.svg`, draw({ ...world, set: inMonth }, width).svg);
  }
});

test("what keeps backups beside levels is said at their lane", () => {
  const said = (text: string) => lanesOf(policyOf(text), true).at(-1)!;
  assert.deepEqual(said("keep_last=5,keep_within=30d"), {
    key: "other",
    name: "backups",
    rule: "the last 5, within 30d",
  });
  assert.equal(said("daily=7,keep_within=2d").rule, "within 2d");
  assert.equal(said("daily=7").rule, "by no level");
  assert.equal(said("keep_all").rule, "everything stays");
});

test("five questions are answered in words: newest, next to go, why, what a policy would delete, how to stop it", () => {
  const world = twoYears();
  assert.match(
    fact(world, /newest/i),
    /^Sat 28 Nov 02:00, 10 h ago \(pg-202611280100\), not proved; newest proved: Sun 22 Nov 02:00$/,
  );
  assert.match(
    fact(world, /next to go/i),
    /^the backup of Sat 24 Oct 02:00, on Sun 29 Nov 02:00; 7 go within a week, \d+ until/,
  );
  const row = draw(world).table.rows.find(([made]) =>
    (made as { text: string }).text === "Sat 24 Oct 02:00"
  )!;
  assert.deepEqual(row.slice(1, 3), ["weekly 5 of 5 (week of 2026-10-18)", "Sun 29 Nov 02:00"]);
  const tried = { change: "daily: 3", goes: triedOn(world, "daily=3,weekly=5,monthly=12,yearly=3") };
  assert.equal(
    fact({ ...world, trial: tried }, /daily: 3/),
    "3 backups at the next pass, which frees 3.7 GB: Wed 25 Nov, Mon 23 Nov and Sun 22 Nov",
  );
  assert.match(fact(world, /to stop/i), /^hold the backup .* or freeze/);
});

test("holes, hold, suspect, failed runs and the step of the clock are told, and marked", () => {
  const { svg, facts } = draw(twoYears());
  const told = Object.fromEntries(facts.map(({ term, text }) => [term, text]));
  assert.match(
    told["3 holes"]!,
    /daily 2026-11-24 \(failed: no space.*weekly week of 2026-11-01.*monthly 2026-06 \(missed/,
  );
  assert.match(
    told["Set aside"]!,
    /Thu 26 Nov is suspect \(0\.3 MB.*Sun 26 Oct 2025 is held by anna: “audit 2025”/,
  );
  assert.match(told["8 failed runs"]!, /the last on Tue 24 Nov 02:00, failed: “no space left on device”/);
  assert.match(told["Clock"]!, /Europe\/Berlin; its clock last went back by 1 h, to 02:00, on Sun 25 Oct/);
  const root = readSvg(svg);
  assert.equal(ofClass(ofClass(root, "marks")[0]!, "hole").length, 3);
  assert.equal(ofClass(ofClass(root, "marks")[0]!, "hold").length, 1);
  assert.ok(
    ofClass(root, "clock").some((step) => titleOf(step).includes("goes back by 1 h: Sun 25 Oct 02:00")),
  );
});

test("a hold that ends within a week is told with its hour, a later one with its day", () => {
  const { backups, ...rest } = twoYears();
  const [first, ...others] = backups;
  const told = (until: number) => {
    const hold = { reason: "audit", owner: "ben", since: iso(NOW), until: iso(until) };
    return fact({ ...rest, backups: [{ ...first!, hold }, ...others] }, /set aside/i);
  };
  assert.match(told(NOW + 2 * 3_600_000), /held by ben until Sat 28 Nov \d\d:\d\d: “audit”/);
  assert.match(told(NOW + 9 * DAY), /held by ben until Mon 7 Dec: “audit”/);
});

test("what is suspect, rejected, failed a proof, or is dated ahead is not the newest that can be restored", () => {
  const world = twoYears();
  const newest = world.backups.find(({ period_time }) => period_time === "2026-11-28T01:00:00.000Z")!;
  const others = world.backups.filter((one) => one !== newest);
  const asked = (change: Partial<TimelineBackup>) =>
    fact({ ...world, backups: [...others, { ...newest, ...change }] }, /newest/i);
  assert.match(asked({ suspect: true }), /^Fri 27 Nov 02:00/);
  assert.match(asked({ rejected: true, verification: "passed", verified_at: iso(NOW) }), /^Fri 27 Nov 02:00/);
  assert.match(asked({ verification: "failed", verified_at: iso(NOW) }), /^Fri 27 Nov 02:00/);
  assert.match(asked({ period_time: iso(NOW + DAY) }), /^Fri 27 Nov 02:00/);
  assert.equal(fact({ ...world, backups: [] }, /newest/i), "none");
});

test("a rejected backup is marked and told as rejected, and no proof of it counts", () => {
  const world = twoYears();
  const at = "2026-11-28T01:00:00.000Z";
  const change: Partial<TimelineBackup> = {
    ...{ rejected: true, reasons: [], kept_for: [] },
    ...{ verification: "passed", verified_at: at },
  };
  const backups = world.backups.map((one) => one.period_time === at ? { ...one, ...change } : one);
  const { svg, facts, table } = draw({ ...world, backups });
  const root = readSvg(svg);
  assert.equal(ofClass(ofClass(root, "marks")[0]!, "rejected").length, 1);
  assert.match(facts.find(({ term }) => term === "Set aside")!.text, /Sat 28 Nov is rejected/);
  assert.match(facts[0]!.text, /newest proved: Sun 22 Nov/);
  assert.equal(table.rows[0]![1], "rejected: a pass deletes it");
});

test("a freeze is told beside what would go, and so is why nothing can be foreseen", () => {
  const world = twoYears();
  const frozen = { ...world, foreseen: { ...world.foreseen as object, stopped: "all deletions are frozen" } };
  assert.match(
    fact(frozen as TimelineInput, /next to go/i),
    /Nothing goes meanwhile: all deletions are frozen$/,
  );
  const why = "it has 300000 backups: expected at most 200000";
  assert.equal(fact({ ...world, foreseen: why }, /next to go/i), why);
});

test("a hundred thousand backups are a few dozen marks, which count them all", () => {
  const { svg } = draw(veryMany(100_000));
  assert.ok(svg.length < 40_000, `${svg.length} letters`);
  assert.equal(countOfMarks(readSvg(svg)), 100_000);
});

const time = fc.integer({ min: NOW - 900 * DAY, max: NOW + DAY }).map((ms) => iso(ms));
const backup: fc.Arbitrary<TimelineBackup> = fc.record({
  run_id: fc.string({ unit: "binary", maxLength: 12 }),
  id: fc.option(fc.string({ unit: "binary", maxLength: 12 })),
  period_time: fc.oneof({ weight: 20, arbitrary: time }, { weight: 1, arbitrary: fc.constant(null) }),
  start_time: fc.constant(null),
  tags: fc.constant([]),
  reasons: fc.array(fc.string({ maxLength: 8 }), { maxLength: 2 }),
  kept_for: fc.array(
    fc.oneof(
      fc.record({
        kind: fc.constant("level" as const),
        level: fc.constantFrom(...LEVELS),
        rank: fc.constant(1),
        limit: fc.constant(2),
        period: fc.constant("2026"),
      }),
      fc.constant({ kind: "newest" as const }),
    ),
    { maxLength: 3 },
  ),
  size_mb: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })),
  suspect: fc.boolean(),
  suspect_reason: fc.option(fc.string({ unit: "binary" })),
  rejected: fc.boolean(),
  verification: fc.constantFrom("passed" as const, "failed" as const, "none" as const),
  verified_at: fc.option(time),
  hold: fc.option(fc.record({
    reason: fc.option(fc.string({ unit: "binary" })),
    owner: fc.option(fc.string({ unit: "binary" })),
    since: time,
    until: fc.option(time),
  })),
  lock: fc.option(fc.record({ heard_at: time, until: fc.option(time) })),
});

const world: fc.Arbitrary<TimelineInput> = fc.record({
  job: fc.record({
    job: fc.string({ unit: "binary" }),
    timezone: fc.constantFrom("Europe/Berlin", "UTC", "Asia/Kathmandu", "America/St_Johns"),
    policy: fc.constantFrom(
      "daily=7",
      "hourly=24,daily=7,monthly=12",
      "keep_all",
      "yearly=2",
      "not a policy",
      "secondly=60",
    ),
  }),
  backups: fc.uniqueArray(backup, { maxLength: 60, selector: ({ run_id }) => run_id }),
  failed: fc.array(
    fc.record({
      run_id: fc.string(),
      slot: fc.option(time),
      created_at: time,
      state: fc.constant("failed" as const),
      reason: fc.constant(null),
      custom_data: fc.option(fc.string({ unit: "binary" })),
    }),
    { maxLength: 9 },
  ),
  goes: fc.array(fc.tuple(fc.nat(59), fc.integer({ min: 1, max: 500 })), { maxLength: 9 }),
  setAt: fc.option(fc.integer({ min: 1, max: 400 })),
}).map(({ job, backups, failed, goes, setAt }) => ({
  job,
  now: NOW,
  backups,
  failed,
  holes: { holes: [], hole_count: 0, promises: [] },
  foreseen: {
    going: goes.flatMap(([at, days]) =>
      backups[at] === undefined ? [] : [{ run_id: backups[at].run_id, at: iso(NOW + days * DAY) }]
    ),
    until: iso(NOW + 500 * DAY),
    stopped: null,
  },
  set: setAt === null ? null : { at: iso(NOW + setAt * DAY), backups: [] },
  trial: null,
  href: (runId) => `/backups/${encodeURIComponent(runId.toWellFormed())}`,
}));

test("whatever the history: well formed, every dated backup in exactly one mark, all places within, none on the axis", () => {
  fc.assert(
    fc.property(world, fc.constantFrom(320, 374, 700, 1120, 1600), (input, width) => {
      const { svg, table } = draw(input, width);
      const root = readSvg(svg);
      const dated = input.backups.filter(({ period_time }) => period_time !== null).length;
      assert.equal(countOfMarks(root), dated);
      assert.equal(table.rows.length, input.backups.length);
      const axis = Number(ofClass(root, "base")[0]!.attributes.y1);
      for (const node of everyNode(ofClass(root, "marks")[0]!)) {
        const { x, y, cx, cy, r, width: wide, height } = node.attributes;
        const right = cx === undefined ? Number(x ?? 0) + Number(wide ?? 0) : Number(cx) + Number(r);
        const low = cy === undefined ? Number(y ?? 0) + Number(height ?? 0) : Number(cy) + Number(r);
        assert.ok(right <= width && low < axis, `${node.name} ${JSON.stringify(node.attributes)}`);
        assert.ok(Number(x ?? 0) >= 0 && Number(y ?? 0) >= 0);
      }
      for (const node of everyNode(root)) assert.ok(!["script", "style", "image"].includes(node.name));
    }),
    { numRuns: 150 },
  );
});

test("texts of others stay texts", () => {
  const evil = `"><script>alert(1)</script><a href='javascript:x'>&\u0000`;
  const { backups, ...rest } = twoYears();
  const { svg } = draw({
    ...rest,
    job: { ...rest.job, job: evil },
    backups: backups.map((one) => ({
      ...one,
      id: evil,
      reasons: [evil],
      hold: { reason: evil, owner: evil, since: iso(NOW), until: null },
    })),
    failed: rest.failed.map((one) => ({ ...one, custom_data: evil })),
  });
  const root = readSvg(svg);
  assert.ok(root.attributes["aria-label"]!.includes("<script>alert(1)</script>"));
  assert.ok(
    [...everyNode(root)].every(({ name, attributes }) =>
      name !== "script" && !attributes.href?.startsWith("java")
    ),
  );
  assert.ok(!svg.includes("\u0000"));
});

test("while a guard stops deletions, what nothing keeps is said to go once that ends, not never", () => {
  const world = twoYears();
  const [first, ...rest] = world.backups;
  const unkept = { ...first!, reasons: [], suspect: false, hold: null, lock: null };
  assert.ok(typeof world.foreseen !== "string");
  const foreseen = { ...world.foreseen, going: [], stopped: "guard mass_deletion: 38 would go" };
  const input: TimelineInput = { ...world, backups: [unkept, ...rest], foreseen };
  assert.match(
    fact(input, /next to go/i),
    /^nothing for as long as this lasts: guard mass_deletion: 38 would go; 1 backup is kept by nothing and goes once it ends$/,
  );
  const { table } = draw(input);
  const row = table.rows.find(([, why]) => String(why).startsWith("kept by nothing"));
  assert.ok(row?.includes("once deletions are no longer stopped"), JSON.stringify(row));
});

test("older backups that are known by their number are in the marks of the level that keeps them, each once", () => {
  const world = twoYears();
  const [oldest] = world.backups.map(({ period_time }) => Date.parse(period_time!)).sort((a, b) => a - b);
  const stretch = (days: number, count: number, tags: readonly Level[]) => ({
    ...{ from: oldest! - days * DAY, until: oldest! - (days - 9) * DAY, count, tags },
  });
  const crowds = [
    stretch(400, 7, ["daily", "monthly"]),
    stretch(300, 60_000, ["daily"]),
    stretch(200, 90, ["daily", "monthly"]),
    stretch(100, 40, []),
  ];
  const job = { ...world.job, policy: "daily=31000,monthly=60,yearly=3" };
  const input = { ...world, job, crowds };
  for (const width of Object.values(WIDTHS)) {
    const root = readSvg(draw(input, width).svg);
    assert.equal(countOfMarks(root), world.backups.length + 60_137);
  }
  const kept = fact(input, /kept/i);
  assert.match(kept, /^60,160 backups: /);
  // The daily ones newer than the stretch of 60,000 are under its limit, those before it are over it.
  assert.match(kept, /, 60,\d{3} daily/);
  assert.match(kept, /The oldest 60,137 are drawn by their number alone/);
  assert.equal(draw(input).table.note, "60,137 older ones are not listed here");
});
