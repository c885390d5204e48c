// What a plan says of failed runs whose leftovers an edit lets go.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { fakeHost, jsonAnswer } from "../../support/fake_host.ts";

const SERVER = "http://127.0.0.1:8080";
const NOW = Date.UTC(2026, 10, 23);
const DAY = 86_400_000;
const yaml = (keepFailed: string) => `
providers: { nas: { url: "http://p/b" } }
jobs: [{ name: db, provider: nas, schedule: "0 0 12 * * *", retention: { daily: 7 }${keepFailed} }]
`;
const JOBS = [{
  job: "db",
  managed: true,
  enabled: true,
  schedule: "0 0 12 * * *",
  timezone: "UTC",
  provider: "nas",
  policy: "daily=7@L",
  available: 1,
  guards: [],
}];

/** Runs of a server: one a day, the newest the last of `available`. */
function rows(status: string) {
  const row = (days: number, state: string, fields = {}) => {
    const time = new Date(NOW - days * DAY).toISOString();
    const ids = { id: `${state}-${days}`, run_id: `r-${state}-${days}`, job: "db", provider: "nas" };
    return { ...ids, status: state, state, start_time: time, end_time: time, trigger: "schedule", ...fields };
  };
  if (status === "available") return [row(1, "available")];
  if (status === "cancelled") return [row(5, "cancelled")];
  return [
    row(0, "failed"),
    row(2, "failed"),
    row(3, "failed", { held: true }),
    row(8, "failed"),
    row(9, "failed", { reason: "unsettled" }),
  ];
}

async function plan(keepFailed: string) {
  const host = fakeHost({
    now: NOW,
    files: { "/home/me/old.yaml": yaml(""), "/home/me/new.yaml": yaml(keepFailed) },
    servers: {
      [SERVER]: (request) => {
        const { pathname, searchParams } = new URL(request.url);
        if (pathname === "/config") return jsonAnswer([], 404);
        return jsonAnswer(pathname === "/jobs" ? JOBS : rows(searchParams.get("status")!));
      },
    },
  });
  const code = await main(["plan", "-f", "new.yaml", "--server", SERVER, "--json"], host);
  assert.equal(code, 0);
  const view = JSON.parse(host.out());
  return view.jobs.flatMap((job: { notes: string[] }) => job.notes);
}

test("plan says how much of what failed runs left an edit of keep_failed lets go", async () => {
  assert.deepEqual(await plan(", keep_failed: 1d, timezone: Europe/Berlin"), [
    "what 3 failed or cancelled runs left goes: keep_failed 1d",
  ]);
  assert.deepEqual(await plan(", keep_failed: 7d, timezone: Europe/Berlin"), [
    "what 1 failed or cancelled run left goes: keep_failed 7d",
  ]);
  assert.deepEqual(await plan(", keep_failed: forever, timezone: Europe/Berlin"), []);
  assert.deepEqual(await plan(", timezone: Europe/Berlin"), []);
});
