// `jobs forget` on the command line: asks, sends one DELETE, and says what stands in the way; and who is told of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { fakeHost, type FakeHostOptions, jsonAnswer } from "../../support/fake_host.ts";

const SERVER = "http://127.0.0.1:8080";
const FORGOTTEN = { job: "old", forgotten_at: "2026-11-27T12:00:00.000Z" };

function serving(answer: (request: Request) => Response, options: FakeHostOptions = {}) {
  return fakeHost({ env: { SCHELLY_SERVER: SERVER }, servers: { [SERVER]: answer }, ...options });
}

const forgetting = () => jsonAnswer(FORGOTTEN);

test("jobs forget asks, and does nothing without a yes", async () => {
  const silent = serving(forgetting);
  assert.equal(await main(["jobs", "forget", "old"], silent), 2);
  assert.match(silent.err(), /needs --yes.*Forget job old\? It leaves the lists.*its runs stay on record/);
  const no = serving(forgetting, { tty: true, confirms: false });
  assert.equal(await main(["jobs", "forget", "old"], no), 1);
  assert.deepEqual([...silent.requests, ...no.requests], []);
});

test("jobs forget sends one DELETE, says where its history is, and with --json prints the answer", async () => {
  const host = serving(forgetting, { tty: true, confirms: true });
  assert.equal(await main(["jobs", "forget", "old"], host), 0);
  assert.deepEqual(host.requests, [`DELETE ${SERVER} /jobs/old?forget=true`]);
  assert.match(host.err(), /^Job old is forgotten; .*`schelly runs list --job old`/);
  const asJson = serving(forgetting);
  assert.equal(await main(["jobs", "forget", "old", "--yes", "--json"], asJson), 0);
  assert.deepEqual(JSON.parse(asJson.out()), FORGOTTEN);
});

test("jobs forget --storage-gone says what that claims, and passes it on", async () => {
  const silent = serving(forgetting);
  assert.equal(await main(["jobs", "forget", "old", "--storage-gone"], silent), 2);
  assert.match(silent.err(), /taken off the record on your word that their storage is gone/);
  const host = serving(forgetting);
  assert.equal(await main(["jobs", "forget", "old", "--storage-gone", "--yes"], host), 0);
  assert.deepEqual(host.requests, [`DELETE ${SERVER} /jobs/old?storage=gone`]);
});

test("jobs forget fails with what the server says", async () => {
  const detail = "Cannot forget job 'old': it still has 1 backup available";
  const refusing = serving(() => jsonAnswer({ title: "Conflict", status: 409, detail }, 409));
  assert.equal(await main(["jobs", "forget", "old", "--yes"], refusing), 1);
  assert.match(refusing.err(), /Cannot forget job 'old': it still has 1 backup available/);
  const unknown = serving(() => jsonAnswer({ title: "Not found", status: 404, detail: "no job" }, 404));
  assert.equal(await main(["jobs", "forget", "none", "--yes"], unknown), 5);
});

test("jobs list says how a removed job without backups ends, and nothing new of others", async () => {
  const gone = (job: string, remains: number | undefined, available = 0) => ({
    job,
    managed: false,
    remains,
    unmanaged: available === 0 ? [] : [{ provider: "p", available }],
  });
  const jobs = [gone("empty", 0), gone("rest", 3), gone("full", 2, 2), gone("before", undefined), {
    job: "on",
    managed: true,
    remains: null,
    unmanaged: [],
  }];
  const host = serving((request) => jsonAnswer(new URL(request.url).pathname === "/jobs" ? jobs : jobs[0]!));
  assert.equal(await main(["jobs", "list"], host), 0);
  const notes = host.err().trim().split("\n");
  assert.equal(notes.length, 3);
  assert.match(
    notes[0]!,
    /^empty: .*nothing of it is left; `schelly jobs forget empty` takes it off the lists$/,
  );
  assert.match(
    notes[1]!,
    /^rest: .*3 of its runs .*`schelly backups delete --job rest --all --leftovers`, then .*forget/,
  );
  assert.match(
    notes[2]!,
    /^full: not in the configuration; its 2 backups at p stay untouched: .*--job full --all`$/,
  );
  assert.equal(await main(["jobs", "show", "empty"], host), 0);
  assert.match(host.err(), /`schelly jobs forget empty`/);
});
