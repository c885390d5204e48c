// How long a browser stays logged in, what a link is good for, and which forms are taken.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createSessions } from "../../src/web/sessions.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeSecrets } from "../support/fake_ids.ts";

const HOUR = 3_600_000;
const ALICE = { caller: { name: "alice", role: "operator" as const }, by: "password" as const };

function rig() {
  const clock = new FakeClock(Date.UTC(2026, 2, 1));
  const access = { rules: {} };
  const sessions = createSessions({ clock, secrets: new FakeSecrets(), rules: () => access.rules });
  return { clock, access, sessions };
}

test("a session is found by its token alone, until it is ended", () => {
  const { sessions } = rig();
  const token = sessions.begin(ALICE);
  assert.deepEqual(sessions.find(token)?.caller, ALICE.caller);
  assert.equal(sessions.find(token)?.by, "session");
  assert.equal(sessions.find(`${token}x`), undefined);
  sessions.end(token);
  assert.equal(sessions.find(token), undefined);
});

test("it ends after twelve idle hours, and after seven days however busy", async () => {
  const { clock, sessions } = rig();
  const idle = sessions.begin(ALICE);
  await clock.advance(12 * HOUR - 1);
  assert.ok(sessions.find(idle));
  await clock.advance(12 * HOUR);
  assert.equal(sessions.find(idle), undefined);

  const busy = sessions.begin(ALICE);
  for (let at = 0; at < 7 * 24 - 11; at += 11) {
    await clock.advance(11 * HOUR);
    assert.ok(sessions.find(busy), `after ${at + 11} h`);
  }
  await clock.advance(11 * HOUR);
  assert.equal(sessions.find(busy), undefined);
});

test("it ends with the token that was shown, and with an edit of who may ask, but for those who came by the socket", async () => {
  const { clock, access, sessions } = rig();
  const token = sessions.begin({ ...ALICE, by: "token", expires: clock.now() + HOUR });
  await clock.advance(HOUR - 1);
  assert.ok(sessions.find(token));
  await clock.advance(1);
  assert.equal(sessions.find(token), undefined);

  const [named, local] = [sessions.begin(ALICE), sessions.begin({ ...ALICE, by: "socket" })];
  access.rules = {};
  assert.equal(sessions.find(named), undefined);
  assert.ok(sessions.find(local));
});

test("a link logs in once, within five minutes, without the rights of the machine", async () => {
  const { clock, sessions } = rig();
  const socket = {
    caller: { name: "socket", role: "admin" as const, isLocal: true as const },
    by: "socket" as const,
  };
  const first = sessions.makeLink(socket);
  assert.deepEqual(sessions.useLink(first.token)?.caller, { name: "socket", role: "admin" });
  assert.equal(sessions.useLink(first.token), undefined);
  const late = sessions.makeLink(socket);
  await clock.advance(5 * 60_000);
  assert.equal(sessions.useLink(late.token), undefined);
});

test("a form counts for its session and caller alone", () => {
  const { sessions } = rig();
  const [one, other] = [sessions.begin(ALICE), sessions.begin(ALICE)];
  const csrf = sessions.csrfOf(one, "alice");
  assert.ok(sessions.isCsrf(csrf, one, "alice"));
  for (const [token, caller] of [[other, "alice"], [one, "bob"], [undefined, "alice"]] as const) {
    assert.ok(!sessions.isCsrf(csrf, token, caller));
  }
  assert.ok(!sessions.isCsrf("", one, "alice"));
});

test("of many sessions those that were not seen for longest go first", () => {
  const { sessions } = rig();
  const tokens = Array.from({ length: 1_000 }, () => sessions.begin(ALICE));
  assert.ok(sessions.find(tokens[0]!));
  sessions.begin(ALICE);
  assert.ok(sessions.find(tokens[0]!));
  assert.equal(sessions.find(tokens[1]!), undefined);
});
