// `schelly provider mock`: settings by flags, each call and each backup on standard output.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { MOCK_SETTINGS } from "../../../src/provider/mock/settings.ts";
import type { RequestHandler } from "../../../src/ports/host.ts";
import { played } from "../../support/conformance_rig.ts";
import { fakeHost, type FakeHostOptions } from "../../support/fake_host.ts";

/** Serves until `work` is done, then asks it to stop. */
async function mocking(
  args: string[],
  work: (call: (method: string, path: string, init?: RequestInit) => Promise<Response>) => Promise<void>,
  options: FakeHostOptions = {},
) {
  const host = fakeHost(options);
  const serving = Promise.withResolvers<RequestHandler>();
  host.listen = (_spec, handler) => {
    serving.resolve(handler);
    return Promise.resolve({
      address: "http://127.0.0.1:7070",
      renew: () => Promise.resolve(),
      close: () => Promise.resolve(),
    });
  };
  const command = main(["provider", "mock", ...args], host);
  const handler = await Promise.race([serving.promise, command.then(() => undefined)]);
  if (handler !== undefined) {
    const peer = { local: false, remote: "127.0.0.1:1" };
    await work((method, path, init = {}) =>
      played(
        host,
        Promise.resolve(handler(new Request(`http://127.0.0.1:7070${path}`, { ...init, method }), peer)),
      )
    );
    await host.clock.advance(10_000);
    host.signal("SIGTERM");
  }
  return { code: await command, out: host.out(), err: host.err() };
}

test("provider mock prints what it is asked and what becomes of its backups", async () => {
  const { code, out, err } = await mocking(
    ["--duration", "2s", "--size-mb", "7", "--seed", "5"],
    async (call) => {
      assert.equal((await call("POST", "/backups", { headers: { "X-Schelly-Job": "files" } })).status, 202);
      assert.equal((await call("GET", "/backups/none")).status, 404);
    },
  );
  assert.equal(code, 143);
  assert.match(out, /^00:00:00 +started +id=(\S+) job=files ends=available after_ms=2000$/m);
  assert.match(out, /^00:00:00 +call +POST \/backups 202 job=files$/m);
  assert.match(out, /^00:00:00 +call +GET \/backups\/none 404$/m);
  assert.match(out, /^00:00:02 +available +id=\S+ size_mb=7$/m);
  assert.match(err, /Pretending to be a provider at http:\/\/127\.0\.0\.1:7070\/backups, seed 5\./);
});

test("provider mock --json prints one object a line; --token-file keeps strangers out of the settings too", async () => {
  const { out } = await mocking(["--json", "--token-file", "/t"], async (call) => {
    assert.equal((await call("GET", "/mock")).status, 401);
    assert.equal((await call("PUT", "/mock", { body: '{"fail_rate": 1}' })).status, 401);
    const headers = { Authorization: "Bearer secret" };
    const settings = await (await call("GET", "/mock", { headers })).json();
    assert.equal(settings.fail_rate, 0);
    assert.equal((await call("POST", "/backups", { headers })).status, 202);
  }, { files: { "/t": "secret" } });
  const lines = out.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ what }) => what), ["started", "call", "available"]);
});

test("provider mock shows and changes nothing for a name that a stranger may have pointed here", async () => {
  await mocking([], async (call) => {
    const headers = { host: "evil.example" };
    for (const method of ["GET", "PUT"]) assert.equal((await call(method, "/mock", { headers })).status, 421);
    assert.equal((await call("GET", "/backups", { headers })).status, 421);
    assert.equal((await call("GET", "/mock")).status, 200);
  });
});

test("provider mock takes every setting as a flag, and explains a wrong one", async () => {
  const flags = Object.entries(MOCK_SETTINGS).flatMap(([name, { default: usual }]) => [
    `--${name.replaceAll("_", "-")}`,
    usual,
  ]);
  let shown: Record<string, unknown> = {};
  const { code } = await mocking(
    flags,
    async (call) => void (shown = await (await call("GET", "/mock")).json()),
  );
  assert.equal(code, 143);
  for (const [name, { default: usual }] of Object.entries(MOCK_SETTINGS)) {
    assert.equal(String(shown[name]), usual);
  }
  const wrong = await mocking(["--fail-rate", "2"], () => Promise.resolve());
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /Cannot mock a provider so: fail_rate: '2' is not a share from 0 to 1/);
});
