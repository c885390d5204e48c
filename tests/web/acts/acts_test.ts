// What can be done by the page: asked first, done by the API, told afterwards, refused in its words.
// Also tests act_button.tsx, act_fields.ts, act_page.tsx, act_routes.tsx, backup_acts.ts, in_force.ts, look_at_backup.ts,
// look_at_deletions.ts, look_at_job.ts, look_at_locks.ts and notices.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { RULES } from "../../../src/api/auth.ts";
import type { Act } from "../../../src/web/acts/act.ts";
import { ACTS } from "../../../src/web/acts/acts.ts";
import { ActPage } from "../../../src/web/acts/act_page.tsx";
import { createNotices } from "../../../src/web/notices.ts";
import { authOf } from "../../support/auth_of.ts";
import { testRetention } from "../../support/fake_operations.ts";
import { FakeSecrets } from "../../support/fake_ids.ts";
import { testRun } from "../../support/memory_reads.ts";
import { csrfOf, testFrame, testWeb } from "../../support/test_web.ts";
import { unruly } from "../../support/unruly_html.ts";

const FREEZE = { reason: "moving", owner: "ann", at: Date.UTC(2026, 1, 1), until: null };
const HOSTILE = `"><script>alert(1)</script>'`;

test("each act goes by a rule of the API, and asks for exactly that endpoint", () => {
  for (const act of Object.values(ACTS) as Act[]) {
    assert.ok(Object.hasOwn(RULES, act.endpoint), act.endpoint);
    const { method, path } = act.request("x/y", { reason: "r", until: "" });
    const wanted = act.endpoint.replaceAll(/\{\w+\}/g, "x%2Fy");
    assert.equal(`${method} ${path.replace(/\?.*/, "")}`, wanted);
    assert.ok(act.before("x").length > 0);
  }
});

test("an act says what it will do before, does it by the API in the caller's name, and says afterwards that it did", async () => {
  const { browser, operations, visits } = testWeb({
    auth: await authOf([{ name: "ops", role: "operator", token: "t" }]),
  });
  operations.names = ["home"];
  const one = browser();
  await one.send("/ui/login", { token: "t" });
  const asked = await (await one.get("/ui/acts/pause?of=home&back=%2Fui%2F%3Ffind%3Dx")).text();
  assert.match(asked, /No backup of it is deleted meanwhile/);
  assert.match(asked, /name="reason"/);
  const fields = { of: "home", back: "/ui/?find=x", reason: "moving", until: "2026-03-05T10:00" };
  const done = await one.send("/ui/acts/pause", fields);
  assert.equal(done.status, 303);
  const to = done.headers.get("location")!;
  assert.match(to, /^\/ui\/\?find=x&said=/);
  const call = operations.calls.find(({ name }) => name === "pause")!;
  assert.deepEqual(call.args, ["home", { name: "ops", role: "operator" }, {
    reason: "moving",
    until: Date.UTC(2026, 2, 5, 10),
  }]);
  assert.deepEqual(
    visits.filter(({ what }) => what === "changed").map(({ caller, route }) => [caller, route]),
    [
      ["ops", "/jobs/{job}/pause"],
    ],
  );
  assert.match(await (await one.get(to)).text(), /home is paused\./);
  // Told once.
  assert.doesNotMatch(await (await one.get(to)).text(), /home is paused\./);
});

test("what the API refuses is said in its words, with what was filled in, and nothing was changed", async () => {
  const { browser, operations, reads } = testWeb();
  reads.runRows = [testRun({ runId: "r1", id: "b1" })];
  operations.holdOutcome = { outcome: "conflict", message: "it is elsewhere" };
  const refused = await browser().send("/ui/acts/hold", { of: "r1", reason: HOSTILE, until: "" });
  assert.equal(refused.status, 409);
  const page = await refused.text();
  assert.match(page, /Nothing was changed\./);
  assert.match(page, /it is elsewhere/);
  assert.deepEqual(unruly(page), []);
  assert.match(page, /value="&quot;&gt;&lt;script&gt;/);
});

test("a grave act wants its word typed; times have to be times", async () => {
  const { browser, operations } = testWeb();
  const one = browser();
  operations.frozen = { freeze: FREEZE, onTheWire: [] };
  const untyped = await one.send("/ui/acts/unfreeze", { typed: "yes" });
  assert.equal(untyped.status, 400);
  assert.match(await untyped.text(), /expected &#39;release&#39;/);
  const noTimes = [
    "tomorrow",
    "foo 2027",
    "2027",
    "2027-02-31T00:00",
    "2027-03-01T24:00",
    "03/01/2027",
    "2027-03-01 10:00",
  ];
  for (const until of noTimes) {
    const refused = await one.send("/ui/acts/freeze", { reason: FREEZE.reason, until, typed: "release" });
    assert.equal(refused.status, 400, until);
    assert.match(await refused.text(), /is no date and time: expected one such as/);
  }
  assert.equal((await one.send("/ui/acts/freeze", { reason: "", until: "" })).status, 400);
  assert.deepEqual(operations.calls.filter(({ name }) => ["unfreeze", "freeze"].includes(name)), []);
  assert.equal((await one.send("/ui/acts/unfreeze", { typed: "release" })).status, 303);
});

test("whoever may not is told so, by the form too", async () => {
  const { browser, operations } = testWeb({
    auth: await authOf([{ name: "grafana", role: "viewer", token: "t" }]),
  });
  operations.names = ["home"];
  const one = browser();
  await one.send("/ui/login", { token: "t" });
  assert.equal((await one.get("/ui/acts/run?of=home")).status, 403);
  assert.equal((await one.send("/ui/acts/run", { of: "home" })).status, 403);
  assert.equal(operations.calls.some(({ name }) => name === "trigger"), false);
  assert.equal((await one.get("/ui/acts/nothing")).status, 404);
  assert.equal((await one.get("/ui/acts/constructor")).status, 404);
});

test("what a guard stops is approved as it was seen, and only with the name of the job typed", async () => {
  const { browser, operations } = testWeb();
  operations.names = ["home"];
  const guard = { guard: "too_many", since: null, latched: true, message: "7 of 13 would go at once" };
  const row = {
    id: "b-1",
    run_id: "r-1",
    period_time: "2026-02-01T02:00:00.000Z",
    tags: [],
    size_mb: 1_500,
    reasons: [],
    kept_for: [],
  };
  operations.retentionViews.set("home", {
    ...testRetention("home"),
    ...{ job: "home", remove: [row], remove_count: 7, keep_count: 6, digest: "d1", guards: [guard] },
  });
  const one = browser();
  const page = await (await one.get("/ui/acts/approve?of=home")).text();
  for (
    const words of [
      /7 of 13 would go at once/,
      /7 backups go, 6 backups stay/,
      /b-1/,
      /The oldest 1 of the 7/,
      /That frees at least 1\.5 GB \(the size of 6 backups is not known\)\./,
      /<td>1\.5 GB<\/td>/,
    ]
  ) {
    assert.match(page, words);
  }
  assert.match(page, /name="seen\.digest" value="d1"/);
  const fields = { of: "home", back: "/ui/", "seen.digest": "d1" };
  assert.equal((await one.send("/ui/acts/approve", { ...fields, typed: "hoem" })).status, 400);
  assert.equal(operations.calls.some(({ name }) => name === "approveRetention"), false);
  assert.equal((await one.send("/ui/acts/approve", { ...fields, typed: "home" })).status, 303);
  const call = operations.calls.find(({ name }) => name === "approveRetention")!;
  assert.equal(call.args[2], "d1");
  assert.equal((await one.get("/ui/acts/approve?of=nowhere")).status, 404);
});

test("a run that was begun is led to", async () => {
  const { browser, operations } = testWeb();
  operations.names = ["home"];
  const one = browser();
  const done = await one.send("/ui/acts/run", { of: "home", back: "/ui/" });
  assert.equal(done.status, 303, await done.clone().text());
  assert.match(
    await (await one.get(done.headers.get("location")!)).text(),
    /href="\/ui\/runs\/[^"]+">Look at it/,
  );
});

test("hostile names stay words on the page of an act", () => {
  for (const act of Object.values(ACTS) as Act[]) {
    const page = String(ActPage({
      ...{
        frame: testFrame(),
        act,
        of: HOSTILE,
        action: "/ui/acts/x",
        back: "/ui/",
        csrf: "c",
        trouble: HOSTILE,
      },
      look: {
        sentences: [HOSTILE],
        rows: { caption: HOSTILE, head: [HOSTILE], rows: [[HOSTILE]] },
        seen: { digest: HOSTILE },
      },
      filled: Object.fromEntries((act.fields?.(HOSTILE) ?? []).map(({ name }) => [name, HOSTILE])),
    }));
    assert.deepEqual(unruly(page), []);
  }
});

test("a notice is for whoever did it alone", () => {
  const notices = createNotices(new FakeSecrets());
  const name = notices.put("mine", { words: "done" });
  assert.equal(notices.take(name, "other"), undefined);
  assert.deepEqual(notices.take(name, "mine"), { words: "done" });
  assert.equal(notices.take(name, "mine"), undefined);
});

test("a backup is deleted by hand only after it was seen what would be left, and both words were typed", async () => {
  const { browser, operations, reads } = testWeb();
  operations.names = ["db"];
  const day = (of: number) => Date.UTC(2026, 1, of, 2);
  reads.runRows = [
    testRun({ runId: "r1", id: "b1", startTime: day(1), suspectAt: day(1), suspectReason: "0 MB" }),
    testRun({ runId: "r2", id: "b2", startTime: day(2), sizeMb: 1200 }),
  ];
  const one = browser();
  const page = await (await one.get("/ui/acts/delete?of=r2&back=/ui/")).text();
  for (
    const words of [
      /Backup b2 of db, of [^<]*2 Feb 02:00[^<]*1\.2 GB/,
      /the newest backup of its job/,
      /Something bad is known of the one other of db/,
      /gone for good/,
    ]
  ) assert.match(page, words);
  const typed = { of: "r2", back: "/ui/", typed: "delete", again: "gone for good" };
  for (const wrong of [{ ...typed, again: "gone" }, { ...typed, typed: "" }]) {
    assert.equal((await one.send("/ui/acts/delete", wrong)).status, 400);
  }
  const began = () => operations.calls.filter(({ name }) => name === "deleteBackup").length;
  assert.equal(began(), 0);
  const done = await one.send("/ui/acts/delete", typed);
  assert.equal(done.status, 303);
  assert.match(await (await one.get(done.headers.get("location")!)).text(), /its provider is asked/);
  assert.equal(began(), 1);

  operations.deleteOutcome = { outcome: "conflict", message: "Cannot delete backup 'b2': it is held by ann" };
  const refused = await one.send("/ui/acts/delete", typed);
  assert.equal(refused.status, 409);
  assert.match(await refused.text(), /Nothing was changed\.[\s\S]*it is held by ann/);
  const [suspect, sound] = reads.runRows;
  reads.runRows = [suspect!, sound!, testRun({ runId: "r3", id: "b3", startTime: day(3) })];
  assert.match(
    await (await one.get("/ui/acts/delete?of=r2")).text(),
    /db has 1 other backup that nothing is known against/,
  );
  reads.runRows = [sound!];
  assert.match(await (await one.get("/ui/acts/delete?of=r2")).text(), /db has no other backup/);
  assert.equal((await one.get("/ui/acts/delete?of=gone")).status, 404);
});

test("a damaged backup is accepted by an act of its own, which says so, and asks the API for exactly that", async () => {
  const { browser, operations, reads } = testWeb();
  reads.runRows = [
    testRun({
      ...{ runId: "r1", id: "b1", suspectAt: 1, suspectReason: "it lacks a file" },
      ...{ verification: "failed", verifiedAt: 2 },
    }),
  ];
  const one = browser();
  const seen = await (await one.get("/ui/backups/r1")).text();
  assert.match(seen, /\/ui\/acts\/accept_damaged\?of=r1/);
  assert.ok(!seen.includes("/ui/acts/accept?of"));
  const page = await (await one.get("/ui/acts/accept_damaged?of=r1")).text();
  assert.match(page, /Known of it: it is damaged/);
  const send = (typed: string) => one.send("/ui/acts/accept_damaged", { of: "r1", back: "/ui/", typed });
  assert.equal((await send("yes")).status, 400);
  assert.equal((await send("damaged")).status, 303);
  const call = operations.calls.find(({ name }) => name === "decideSuspect")!;
  assert.equal(call.args[1], "accept_damaged");
  operations.verdictOutcome = { outcome: "conflict", message: "It was decided already" };
  assert.match(await (await send("damaged")).text(), /Nothing was changed\.[\s\S]*It was decided already/);
});

test("holding says which backup, until when and why, and a refusal says why not", async () => {
  const { browser, operations, reads } = testWeb();
  reads.runRows = [testRun({ runId: "r1", id: "b1" })];
  const one = browser();
  assert.match(await (await one.get("/ui/acts/hold?of=r1")).text(), /Backup b1 of db/);
  const fields = { of: "r1", back: "/ui/", reason: "audit", until: "2026-03-05T10:00" };
  assert.equal((await one.send("/ui/acts/hold", fields)).status, 303);
  const call = operations.calls.find(({ name }) => name === "holdBackup")!;
  assert.deepEqual(call.args[1], { reason: "audit", owner: undefined, until: Date.UTC(2026, 2, 5, 10) });
  operations.holdOutcome = { outcome: "conflict", message: "Cannot hold backup 'b1': a DELETE was sent" };
  const refused = await one.send("/ui/acts/hold", fields);
  assert.match(await refused.text(), /value="audit"[\s\S]*/);
  assert.equal(refused.status, 409);
  operations.verifyOutcome = { outcome: "conflict", message: "its provider has no extension 'verify'" };
  assert.match(await (await one.send("/ui/acts/verify", { of: "r1" })).text(), /no extension/);
});

test("a freeze in force is shown, and neither ends earlier nor loses its reason without the word of its release", async () => {
  const { browser, operations } = testWeb();
  operations.frozen = { freeze: FREEZE, onTheWire: [] };
  const one = browser();
  const page = await (await one.get("/ui/acts/freeze")).text();
  for (
    const words of [
      /Deletions are frozen by ann since [^<]*, until somebody releases it \(moving\)\./,
      /name="reason"[^>]*value="moving"/,
      /Type release to end the freeze earlier/,
    ]
  ) assert.match(page, words);
  const asked = () => operations.calls.filter(({ name }) => name === "freeze").length;
  const earlier = await one.send("/ui/acts/freeze", { reason: "moving", until: "2026-03-01T12:08" });
  assert.equal(earlier.status, 400);
  assert.match(await earlier.text(), /would end it at [^<]*12:08[^<]*until somebody ends it: type release/);
  const other = await one.send("/ui/acts/freeze", { reason: "other", until: "", typed: "yes" });
  assert.equal(other.status, 400);
  assert.match(await other.text(), /would replace its reason, &#39;moving&#39;/);
  assert.equal(asked(), 0);
  assert.equal((await one.send("/ui/acts/freeze", { reason: "moving", until: "" })).status, 303);
  const said = { reason: "other", until: "2026-03-01T12:08", typed: "release" };
  assert.equal((await one.send("/ui/acts/freeze", said)).status, 303);
  assert.equal(asked(), 2);

  const until = Date.UTC(2026, 2, 9, 10, 0, 30);
  operations.frozen = { freeze: { ...FREEZE, until }, onTheWire: [] };
  const shown = await (await one.get("/ui/acts/freeze")).text();
  const [, value] = /name="until"[^>]*value="([^"]*)"/.exec(shown)!;
  assert.equal(value, "2026-03-09T10:00:30");
  assert.equal((await one.send("/ui/acts/freeze", { reason: "moving", until: value! })).status, 303);
  assert.equal(
    (await one.send("/ui/acts/freeze", { reason: "moving", until: "2026-03-09T10:00" })).status,
    400,
  );
});

test("a hold in force is kept as the freeze is", async () => {
  const { browser, operations, reads } = testWeb();
  const held = { holdAt: 1, holdReason: "audit", holdOwner: "ann", holdUntil: null };
  reads.runRows = [testRun({ runId: "r1", id: "b1", ...held })];
  const one = browser();
  const page = await (await one.get("/ui/acts/hold?of=r1")).text();
  assert.match(page, /held by ann \(audit\)/);
  assert.match(page, /Type release to end the hold earlier/);
  const shorter = { of: "r1", reason: "x", until: "2026-03-01T12:08" };
  const refused = await one.send("/ui/acts/hold", shorter);
  assert.equal(refused.status, 400);
  assert.match(await refused.text(), /A hold is in force, and this would end it at/);
  assert.equal(operations.calls.some(({ name }) => name === "holdBackup"), false);
  assert.equal((await one.send("/ui/acts/hold", { ...shorter, typed: "release" })).status, 303);
});

test("where there is nothing to do no form says that there is, and nothing says that it was done", async () => {
  const { browser, operations, reads } = testWeb();
  operations.names = ["home"];
  reads.runRows = [
    testRun({ runId: "r1", id: "b1" }),
    testRun({ runId: "r2", id: "b2", status: "deleted" }),
    testRun({ runId: "r3", id: "b3", suspectAt: 1, verification: "failed" }),
    testRun({ runId: "r4", id: "b4", suspectAt: 1, rejectedAt: 2 }),
  ];
  const one = browser();
  const unfit: [string, string, RegExp][] = [
    ["unfreeze", "", /Deletions are not frozen/],
    ["resume", "home", /home is not paused/],
    ["cancel", "r1", /is over/],
    ["release", "r1", /is not held/],
    ["accept", "r1", /is not suspect/],
    ["accept", "r3", /failed its verification/],
    ["accept_damaged", "r1", /is not suspect/],
    ["accept_damaged", "r4", /is not known to be damaged/],
    ["reject", "r1", /is not suspect/],
    ["reject", "r4", /was rejected already/],
    ["verify", "r2", /is &#39;deleted&#39;/],
    ["delete", "r2", /is &#39;deleted&#39;/],
    ["hold", "r2", /there is nothing to keep/],
  ];
  const csrf = csrfOf(await (await one.get("/ui/acts/reload")).text())!;
  const all = { csrf, typed: "release", again: "gone for good", reason: "x", until: "" };
  for (const [act, of, why] of unfit) {
    const asked = await one.get(`/ui/acts/${act}?of=${of}`);
    assert.equal(asked.status, 409, `${act} ${of}`);
    const page = await asked.text();
    assert.match(page, why);
    assert.ok(!page.includes('name="of"'), act);
    assert.equal((await one.send(`/ui/acts/${act}`, { ...all, of })).status, 409, `${act} ${of}`);
  }
  for (
    const act of ["run", "pause", "resume", "approve", "cancel", "hold", "verify", "test", "end_restore"]
  ) {
    const of = act === "end_restore" ? "none" : "nojob";
    assert.equal((await one.get(`/ui/acts/${act}?of=${of}`)).status, 404, act);
  }
  const done = [
    "unfreeze",
    "resume",
    "trigger",
    "releaseBackup",
    "decideSuspect",
    "deleteBackup",
    "cancelRun",
  ];
  assert.deepEqual(operations.calls.filter(({ name }) => done.includes(name)), []);
  operations.jobFields = { paused: true, paused_until: null };
  assert.match(
    await (await one.get("/ui/acts/pause?of=home")).text(),
    /home is paused already, until somebody/,
  );
  assert.equal((await one.send("/ui/acts/resume", { of: "home", back: "/ui/" })).status, 303);
  operations.jobFields = { managed: false };
  assert.match(await (await one.get("/ui/acts/run?of=home")).text(), /not in the configuration any more/);
});

test("an act finds a backup by the id of its provider, which texts name it by, and takes its own run for it", async () => {
  const { browser, reads } = testWeb();
  reads.runRows = [testRun({ runId: "r1", id: "b1", suspectAt: 1, suspectReason: "0 MB" })];
  const one = browser();
  const led = await one.get("/ui/acts/accept?of=b1&back=/ui/jobs/db");
  assert.equal(led.status, 303);
  const to = led.headers.get("location")!;
  assert.match(to, /^\/ui\/acts\/accept\?of=r1&back=/);
  assert.match(await (await one.get(to)).text(), /Backup b1 of db/);
  assert.equal((await one.get("/ui/acts/accept?of=b9")).status, 404);
});

test("a backup that was rejected by mistake is accepted again, while it is there", async () => {
  const { browser, operations, reads } = testWeb();
  reads.runRows = [
    testRun({ runId: "r4", id: "b4", suspectAt: 1, suspectReason: "0 MB", rejectedAt: 2 }),
  ];
  const one = browser();
  const page = await (await one.get("/ui/backups/r4")).text();
  assert.match(page, /\/ui\/acts\/accept\?of=r4/);
  assert.ok(!page.includes("/ui/acts/reject?"), "it is rejected already");
  assert.equal((await one.send("/ui/acts/accept", { of: "r4", back: "/ui/" })).status, 303);
  assert.equal(operations.calls.find(({ name }) => name === "decideSuspect")!.args[1], "accept");
});

test("a lock is removed that was seen, and by its id; where there is none nothing is asked for", async () => {
  const { browser, operations } = testWeb();
  operations.names = ["home"];
  const one = browser();
  assert.match(
    await (await one.get("/ui/acts/unlock?of=home")).text(),
    /No lock lies on the storage of home/,
  );
  const lock = {
    ...{ id: "l-1", state: "unattended" as const, user: "root", host: "old", pid: 7, exclusive: true },
    ...{ renewed_at: "2026-02-28T12:00:00.000Z", why: "not renewed for a day", command: "restic unlock" },
  };
  operations.lockViews.set("home", { supported: true, locks: [lock], unread: 0 });
  const page = await (await one.get("/ui/acts/unlock?of=home")).text();
  for (
    const words of [/l-1/, /root@old, process 7 \(unattended\)/, /not renewed for a day/, /There is one: l-1/]
  ) {
    assert.match(page, words);
  }
  assert.equal((await one.send("/ui/acts/unlock", { of: "home", lock: "" })).status, 400);
  const done = await one.send("/ui/acts/unlock", { of: "home", lock: "l-1", back: "/ui/" });
  assert.equal(done.status, 303);
  assert.deepEqual(operations.calls.find(({ name }) => name === "unlock")!.args.slice(0, 2), ["home", [
    "l-1",
  ]]);
  assert.match(await (await one.get(done.headers.get("location")!)).text(), /The lock is removed/);
  operations.lockViews.set("home", { supported: false, locks: [], unread: 0 });
  assert.match(await (await one.get("/ui/acts/unlock?of=home")).text(), /has no locks to show/);
  assert.equal((await one.get("/ui/acts/unlock?of=nojob")).status, 404);
});

test("what an act has come to has the focus on the page that follows, and is a status for who cannot see it", async () => {
  const { browser, operations } = testWeb();
  operations.names = ["home"];
  const one = browser();
  const done = await one.send("/ui/acts/run", { of: "home", back: "/ui/" });
  const page = await (await one.get(done.headers.get("location")!)).text();
  assert.match(page, /role="status" tabindex="-1" autofocus(?:="")?>[\s\S]{0,900}was asked for/);
  const refused = await (await one.send("/ui/acts/unlock", { of: "home", lock: "l-1" })).text();
  assert.match(refused, /Nothing was changed|No lock/);
});
