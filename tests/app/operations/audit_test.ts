// A report of the trail as callers see it: whole only where everything fits and a head that was given is proved.

import assert from "node:assert/strict";
import { test } from "node:test";
import { auditOperations, auditReportView } from "../../../src/app/operations/audit.ts";
import { LongWork } from "../../../src/engine/context/long_work.ts";
import type { TrailReport } from "../../../src/ports/audit_trail.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const REPORT: TrailReport = {
  head: { link: 3, digest: "d" },
  events: 3,
  pruned: 0,
  unchained: 0,
  trouble: null,
  proof: null,
};

test("auditReportView() calls a trail whole only where nothing is doubted", () => {
  const proof = (result: "proved" | "refuted" | "pruned") => ({ ...REPORT, proof: { result, message: "m" } });
  assert.deepEqual([auditReportView(REPORT).whole, auditReportView(REPORT).head], [true, "3:d"]);
  assert.equal(auditReportView(proof("proved")).whole, true);
  assert.equal(auditReportView(proof("refuted")).whole, false);
  assert.equal(auditReportView(proof("pruned")).whole, false);
  assert.equal(auditReportView({ ...REPORT, trouble: { link: 1, seq: 1, message: "m" } }).whole, false);
});

test("many who verify at once share one look, unless they bring another head", async () => {
  const looks: unknown[] = [];
  const trail = {
    head: () => Promise.resolve(REPORT.head),
    events: () => Promise.resolve([]),
    async verify(kept: unknown) {
      looks.push(kept);
      await Promise.resolve();
      return REPORT;
    },
  };
  const operations = auditOperations({ trail, work: new LongWork(new FakeClock(0)) });
  const kept = { link: 1, digest: "e" };
  await Promise.all([null, null, null, kept, kept].map((one) => operations.verifyAudit(one)));
  assert.deepEqual(looks, [null, null, kept]);
});
