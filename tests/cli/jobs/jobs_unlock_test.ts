// Locks on the command line: shown first, and removed only by name and after a yes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { type Answer, fakeHost, jsonAnswer } from "../../support/fake_host.ts";

const SERVER = "http://127.0.0.1:8080";
const lock = (id: string, fields = {}) => ({
  id: id.padEnd(64, "0"),
  state: "foreign",
  user: "root",
  host: "old",
  pid: 42,
  renewed_at: "2026-11-22T23:59:59.000Z",
  exclusive: false,
  why: "it is of another machine, and may be at work",
  command: "rm lock",
  ...fields,
});

const LOCKS = { supported: true, locks: [lock("aaaa1"), lock("aaaa2", { host: "vm" })], unread: 1 };

function serving(answer: (request: Request) => ReturnType<Answer>, asked: string[] = []) {
  return fakeHost({
    env: { SCHELLY_SERVER: SERVER },
    servers: {
      [SERVER]: async (request: Request) => {
        const { pathname } = new URL(request.url);
        asked.push(`${request.method} ${pathname} ${await request.clone().text()}`.trim());
        return await answer(request);
      },
    },
    columns: 200,
  });
}

const locksOr = (answers: unknown[]) => (request: Request) =>
  request.url.endsWith("/locks") ? jsonAnswer(LOCKS) : jsonAnswer({ supported: true, answers });

test("jobs unlock without --lock shows whose each lock is, and removes none", async () => {
  const asked: string[] = [];
  const host = serving(locksOr([]), asked);
  assert.equal(await main(["jobs", "unlock", "home"], host), 0);
  assert.match(host.out(), /^aaaa100000\s+root@old:42\s+.*foreign\s+it is of another machine/m);
  assert.match(host.err(), /1 more could not be looked at/);
  assert.match(host.err(), /schelly jobs unlock home --lock ID/);
  assert.deepEqual(asked, ["POST /jobs/home/locks"]);
});

test("jobs unlock --lock removes exactly the one that is meant, after a yes", async () => {
  const asked: string[] = [];
  const removed = [{ id: LOCKS.locks[1]!.id, outcome: "removed", message: "" }];
  const host = serving(locksOr(removed), asked);
  assert.equal(await main(["jobs", "unlock", "home", "--lock", "aaaa2", "--yes"], host), 0);
  assert.deepEqual(asked, [
    "POST /jobs/home/locks",
    `POST /jobs/home/unlock {"locks":["${LOCKS.locks[1]!.id}"]}`,
  ]);
  assert.match(host.err(), /Lock aaaa200000: removed/);
  const unasked = serving(locksOr(removed), asked.splice(0));
  assert.equal(await main(["jobs", "unlock", "home", "--lock", "aaaa2"], unasked), 2);
  assert.match(unasked.err(), /needs --yes.*root on vm \(PID 42\).*surely ended/);
});

test("jobs unlock says what it cannot do, and fails", async () => {
  const ambiguous = serving(locksOr([]));
  assert.equal(await main(["jobs", "unlock", "home", "--lock", "aaaa", "--yes"], ambiguous), 5);
  assert.match(ambiguous.err(), /2 locks begin so: expected one of aaaa100000, aaaa200000/);
  const refused = serving(locksOr([{ id: LOCKS.locks[0]!.id, outcome: "refused", message: "it works" }]));
  assert.equal(await main(["jobs", "unlock", "home", "--lock", "aaaa1", "--yes"], refused), 1);
  assert.match(refused.err(), /refused: it works/);
  const none = serving(() => jsonAnswer({ supported: false, locks: [], unread: 0 }));
  assert.equal(await main(["jobs", "unlock", "home"], none), 1);
  assert.match(none.err(), /has no locks to show/);
});
