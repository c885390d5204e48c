// Every change is told with its caller; refusals are told once a burst, with their count; people who log in, once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { VisitBook } from "../../src/app/visit_book.ts";
import type { EngineEvent } from "../../src/ports/events.ts";
import type { Visit } from "../../src/ports/visits.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { NOW } from "../store/fixture.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function visit(fields: Partial<Visit> = {}): Visit {
  return {
    caller: "anna",
    role: "admin",
    remote: "10.0.0.7:50001",
    method: "PUT",
    route: "/freeze",
    path: "/freeze",
    status: 200,
    ...fields,
  };
}

const refusal = (fields: Partial<Visit> = {}) => visit({ caller: null, role: null, status: 401, ...fields });

function book() {
  const clock = new FakeClock(NOW);
  const events: EngineEvent[] = [];
  const visits = new VisitBook({ clock, record: (event) => Promise.resolve(void events.push(event)) });
  return { clock, events, visits, messages: () => events.splice(0).map(({ message }) => message) };
}

test("a change is told with the name, the role and the address of its caller", async () => {
  const { visits, events } = book();
  await visits.changed(visit());
  await visits.changed(visit({ caller: "socket", remote: "unix", method: "POST", path: "/-/reload" }));
  await visits.changed(visit({ caller: "anonymous", role: "trigger", method: "POST", path: "/backups" }));
  assert.deepEqual(events.map(({ type, message }) => `${type}: ${message}`), [
    "api.changed: anna at 10.0.0.7: PUT /freeze was answered 200",
    "api.changed: socket: POST /-/reload was answered 200",
    "api.changed: anonymous at 10.0.0.7: POST /backups was answered 200",
  ]);
  assert.deepEqual(events[0]!.data, {
    by: "anna",
    role: "admin",
    remote: "10.0.0.7:50001",
    method: "PUT",
    route: "/freeze",
    path: "/freeze",
    status: 200,
  });
});

test("whom a refused request names without proof is told as no more than that", async () => {
  const { visits, events } = book();
  visits.refused(refusal({ claimed: "anna", status: 403 }));
  assert.equal(events[0]!.message, "somebody as 'anna' at 10.0.0.7: PUT /freeze was refused: 403");
  assert.deepEqual([events[0]!.data!.by, events[0]!.data!.claimed], [null, "anna"]);
  await visits[Symbol.asyncDispose]();
});

test("callers of IPv6 are told by their whole address, whether it came with a port or from a proxy", async () => {
  const { visits, messages } = book();
  await visits.changed(visit({ remote: "[2001:db8::7]:50001" }));
  await visits.changed(visit({ remote: "2001:db8::7" }));
  const told = "anna at 2001:db8::7: PUT /freeze was answered 200";
  assert.deepEqual(messages(), [told, told]);
});

test("a burst of refusals is one event as it begins and one with its count after each window, which grow", async () => {
  const { visits, clock, events, messages } = book();
  for (let n = 0; n < 500; n++) visits.refused(refusal({ remote: `10.0.0.7:${n + 1}`, path: `/jobs/${n}` }));
  assert.deepEqual(messages(), ["somebody at 10.0.0.7: PUT /jobs/0 was refused: 401"]);
  await clock.advance(MINUTE);
  assert.deepEqual([events.length, events[0]?.data?.count], [1, 499]);
  assert.deepEqual(messages(), [
    "somebody at 10.0.0.7 was refused 499 more times within 1m, last PUT /jobs/499: 401",
  ]);
  for (let minute = 0; minute < 600; minute++) {
    visits.refused(refusal());
    await clock.advance(MINUTE);
  }
  const told = messages();
  assert.ok(told.length < 20, `${told.length} events in ten hours`);
  assert.match(told.at(-1)!, /60 more times within 1h/);
  // The burst ends with a window in which nothing was refused; then another one begins.
  await clock.advance(2 * HOUR);
  messages();
  visits.refused(refusal());
  assert.deepEqual(messages(), ["somebody at 10.0.0.7: PUT /freeze was refused: 401"]);
});

test("a flood from very many addresses is told in few events, and none of it is uncounted", async () => {
  const { visits, clock, events } = book();
  let sent = 0;
  for (let hour = 0; hour < 24; hour++) {
    for (let n = 0; n < 1_000; n++, sent++) {
      visits.refused(refusal({ remote: `10.${hour}.${n >> 8}.${n & 255}:1` }));
    }
    await clock.advance(HOUR);
  }
  await visits[Symbol.asyncDispose]();
  assert.ok(events.length < 24 * 40, `${events.length} events`);
  assert.equal(events.reduce((sum, { data }) => sum + Number(data!.count), 0), sent);
});

test("callers who are named are told apart from strangers, and what is counted is told at the end", async () => {
  const { visits, messages } = book();
  for (let n = 0; n < 3; n++) {
    visits.refused(visit({ caller: "grafana", role: "viewer", status: 403 }));
    visits.refused(refusal());
  }
  messages();
  await visits[Symbol.asyncDispose]();
  assert.deepEqual(messages().sort(), [
    "grafana at 10.0.0.7 was refused 2 more times within 1m, last PUT /freeze: 403",
    "somebody at 10.0.0.7 was refused 2 more times within 1m, last PUT /freeze: 401",
  ]);
});

test("a person is told to have logged in once, from each address, and anew after half a day without a word", async () => {
  const { visits, clock, messages } = book();
  for (let n = 0; n < 5; n++) visits.loggedIn(visit({ remote: `10.0.0.7:${n}` }));
  visits.loggedIn(visit({ remote: "10.0.0.8:1" }));
  assert.deepEqual(messages(), ["anna at 10.0.0.7 logged in", "anna at 10.0.0.8 logged in"]);
  await clock.advance(11 * HOUR);
  visits.loggedIn(visit());
  await clock.advance(11 * HOUR);
  visits.loggedIn(visit());
  assert.deepEqual(messages(), []);
  await clock.advance(13 * HOUR);
  visits.loggedIn(visit());
  assert.deepEqual(messages(), ["anna at 10.0.0.7 logged in"]);
});
