// The zone of the machine is said where schedules are in UTC and nobody has chosen, at validate and at no other time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { fakeHost } from "../../support/fake_host.ts";

const BERLIN = "/usr/share/zoneinfo/Europe/Berlin";
const SAID =
  /note: environment: TZ: is not set, so schedules and days are in UTC, and this machine is in Europe\/Berlin \(write defaults: \{ timezone: Europe\/Berlin \}, or timezone: UTC\)/;

async function validate(job: string, localtime: string | undefined, env: Record<string, string> = {}) {
  const text =
    `jobs: [ { name: a, provider: { url: "http://p/b" }${job} }, { name: b, provider: { url: "http://p/b" }${job} } ]\n`;
  const host = fakeHost({
    env,
    files: { "/home/me/schelly.yaml": text },
    ...(localtime === undefined ? {} : { localtime }),
  });
  assert.equal(await main(["validate", "config"], host), 0, host.err());
  return host.err();
}

test("the machine's zone is said once, with what to write", async () => {
  const err = await validate("", BERLIN);
  assert.match(err, SAID);
  assert.equal(err.split("is not set, so").length, 2);
});

test("nothing is said where somebody has chosen, or where there is nothing to choose", async () => {
  assert.doesNotMatch(await validate("", BERLIN, { TZ: "UTC" }), /TZ/);
  assert.doesNotMatch(await validate(", timezone: UTC", BERLIN), /TZ/);
  assert.doesNotMatch(await validate(", timezone: Asia/Tokyo", BERLIN), /TZ/);
  for (const same of ["Etc/UTC", "UTC", "Zulu", "Etc/GMT"]) {
    assert.doesNotMatch(await validate("", `/usr/share/zoneinfo/${same}`), /TZ/, same);
  }
  assert.doesNotMatch(await validate("", undefined), /TZ/);
  assert.doesNotMatch(await validate("", "/etc/localtime"), /TZ/);
});
