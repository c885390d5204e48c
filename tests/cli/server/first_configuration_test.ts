// The first start: at a terminal a configuration is waited for, with a page beside it; a service ends without one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { firstConfiguration } from "../../../src/cli/server/first_configuration.ts";
import { stopSignals } from "../../../src/cli/terminal/stop_signals.ts";
import { loadConfiguration } from "../../../src/cli/terminal/configuration.ts";
import { ConfigError } from "../../../src/domain/errors.ts";
import type { Host, RequestHandler } from "../../../src/ports/host.ts";
import { fakeHost, type FakeHostOptions } from "../../support/fake_host.ts";
import { MemoryFiles } from "../../support/memory_files.ts";

const JOB = 'jobs: [ { name: a, provider: { url: "http://p/b" } } ]\n';
const PEER = { local: false, remote: "127.0.0.1:50000" };

function rig(options: FakeHostOptions = {}, args: Parameters<typeof loadConfiguration>[0] = {}) {
  const files = new MemoryFiles();
  const open: RequestHandler[] = [];
  const specs: unknown[] = [];
  const fake = fakeHost({ tty: true, ...options });
  const host: Host = Object.assign(fake, {
    files,
    listen(spec: unknown, handler: RequestHandler) {
      specs.push(spec);
      open.push(handler);
      return Promise.resolve({
        address: "http://127.0.0.1:8080",
        renew: () => Promise.resolve(),
        close: () => Promise.resolve(void open.splice(0)),
      });
    },
  });
  const signals = stopSignals(host);
  const load = () => loadConfiguration(args, host, "required");
  const first = firstConfiguration({ args, host, load, signals });
  first.catch(() => {});
  const until = async (isSo: () => boolean) => {
    for (let turns = 0; !isSo(); turns++) {
      assert.ok(turns < 5_000, fake.err());
      await fake.clock.advance(100);
    }
  };
  const page = async () =>
    await (await open[0]!(
      new Request("http://127.0.0.1:8080/ui/", { headers: { accept: "text/html" } }),
      PEER,
    )).text();
  return { files, fake, open, specs, first, until, page };
}

test("at a terminal the first configuration is waited for, judged as it is written, and then used", async () => {
  const { files, fake, open, first, until, page, specs } = rig();
  await until(() => open.length === 1 && /Waiting for/.test(fake.err()));
  assert.deepEqual(specs, [{ tcp: { hostname: "127.0.0.1", port: 8080 } }]);
  assert.match(
    fake.err(),
    /there is no configuration[\s\S]*Waiting for \/home\/me\/schelly\.yaml[\s\S]*http:\/\/127\.0\.0\.1:8080\//,
  );
  assert.match(await page(), /Nothing is backed up yet/);
  files.put("/home/me/schelly.yaml", JOB.replace("name", "nmae"));
  await until(() => /cannot be used yet/.test(fake.err()));
  assert.match(await page(), /nmae/);
  files.put("/home/me/schelly.yaml", JOB);
  const settled = { done: false };
  first.then(() => settled.done = true);
  await until(() => settled.done);
  const config = await first;
  assert.ok(typeof config === "object");
  assert.deepEqual(config.jobs.map(({ name }) => name), ["a"]);
  assert.deepEqual(open, [], "the server is to listen there now");
});

test("a signal ends the wait with its code", async () => {
  const { fake, open, first, until } = rig();
  await until(() => open.length === 1);
  fake.signal("SIGINT");
  assert.equal(await first, 130);
  assert.deepEqual(open, []);
});

test("without a terminal, with a wrong configuration, or where others could look, it ends at once", async () => {
  const isError = (error: unknown) => error instanceof ConfigError;
  await assert.rejects(rig({ tty: false }).first, isError);
  await assert.rejects(rig({}, { config: "none.yaml" }).first, isError);
  const wide = rig({}, { listen: "0.0.0.0:8080" });
  await assert.rejects(wide.first, isError);
  assert.deepEqual(wide.specs, []);
  await assert.rejects(rig({ env: { WEBHOOK_URI: "http://p/b" } }).first, isError, "a job was meant");
});
