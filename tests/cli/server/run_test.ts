// The server command: what it says, how signals end it, what each failure's exit code is.
// Also tests announce.ts, config_watch.ts, configuration.ts and stop_signals.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers";
import { main } from "../../../src/cli/program.ts";
import type { Roots, Scheduler } from "../../../src/cli/terminal/roots.ts";
import { StoreError, type StoreErrorKind } from "../../../src/domain/errors.ts";
import { fakeHost, type FakeHostOptions } from "../../support/fake_host.ts";

const FILES = {
  "/home/me/schelly.yaml": `jobs:\n  - { name: a, provider: { url: "http://p:7070/backups" } }\n`,
};

interface Script {
  start?: () => Promise<void>;
  stop?: () => Promise<void>;
  done?: Scheduler["done"];
  addresses?: string[];
}

/** Roots whose scheduler does nothing but remember what it was asked. */
function rootsOf(script: Script, calls: string[]): Roots {
  return {
    async startApp({ config, reload }) {
      calls.push(`start ${config.jobs.map((job) => job.name)}`);
      await script.start?.();
      return {
        addresses: script.addresses ?? ["http://127.0.0.1:8080"],
        nextSlots: config.jobs.map((job) => ({ job: job.name, slot: Date.UTC(2026, 10, 23, 23, 59, 59) })),
        done: script.done ?? new Promise(() => {}),
        async stop() {
          calls.push("stop");
          await script.stop?.();
        },
        operations: {
          async reload() {
            try {
              await reload();
              return { ok: true, messages: [] };
            } catch (error) {
              return { ok: false, messages: [(error as Error).message] };
            }
          },
        },
        [Symbol.asyncDispose]() {
          calls.push("dispose");
          return Promise.resolve();
        },
      };
    },
    serveBuiltin: () => Promise.reject(new Error("not here")),
  };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function started(script: Script = {}, options: FakeHostOptions = {}, args: string[] = []) {
  const host = fakeHost({ files: FILES, tty: true, ...options });
  const calls: string[] = [];
  const ended = main(["run", ...args], host, rootsOf(script, calls));
  while (!calls.some((call) => call.startsWith("start")) && await pending(ended)) await settled();
  await settled();
  return { host, calls, ended };
}

async function pending(promise: Promise<unknown>): Promise<boolean> {
  return await Promise.race([promise.then(() => false), settled().then(() => true)]);
}

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  test(`run stops in order on ${signal} and exits ${code}`, async () => {
    const { host, calls, ended } = await started();
    host.signal(signal);
    assert.equal(await ended, code);
    assert.deepEqual(calls, ["start a", "stop", "dispose"]);
    assert.match(host.err(), /Stopping; a second signal stops at once\./);
    assert.equal(host.signal(signal), false, "the signals are given back");
  });
}

test("run ends at once on a second signal, whatever the stop waits for", async () => {
  const { host, ended } = await started({ stop: () => new Promise(() => {}) });
  host.signal("SIGTERM");
  await settled();
  host.signal("SIGINT");
  assert.equal(await ended, 130);
});

test("run that is told to stop while it starts, stops as soon as it has started", async () => {
  const begun = Promise.withResolvers<void>();
  const { host, calls, ended } = await started({ start: () => begun.promise });
  host.signal("SIGTERM");
  begun.resolve();
  assert.equal(await ended, 143);
  assert.deepEqual(calls, ["start a", "stop", "dispose"]);
});

test("run ends with the code and words of a server that ended by itself", async () => {
  const { host, ended, calls } = await started({
    done: Promise.resolve({ code: 1, message: "the state file was replaced" }),
  });
  assert.equal(await ended, 1);
  assert.match(host.err(), /error: the state file was replaced/);
  assert.deepEqual(calls, ["start a", "dispose"]);
});

const STORE: [StoreErrorKind, number][] = [["in_use", 75], ["not_writable", 73], ["corrupt", 1], [
  "newer_schema",
  1,
]];
for (const [kind, code] of STORE) {
  test(`run exits ${code} when the state is ${kind}, in words without a stack`, async () => {
    const { host, ended } = await started({
      start: () => Promise.reject(new StoreError(kind, "schelly.db: no good")),
    });
    assert.equal(await ended, code);
    assert.equal(host.err(), "schelly: schelly.db: no good\n");
  });
}

test("run exits 1 when its port is taken", async () => {
  const taken = Object.assign(new Error("Cannot listen on 127.0.0.1:8080: another program listens there"), {
    name: "AddressInUse",
  });
  const { host, ended } = await started({ start: () => Promise.reject(taken) });
  assert.equal(await ended, 1);
  assert.equal(
    host.err(),
    "schelly: Cannot listen on 127.0.0.1:8080: another program listens there, for example " +
      "'schelly run --listen 127.0.0.1:8081', or server.listen in the configuration\n",
  );
});

test("run exits 3 with every problem of the configuration and starts nothing", async () => {
  const files = { "/home/me/schelly.yaml": "jbos: []\nserver: { listen: here }\n" };
  const { host, calls, ended } = await started({}, { files });
  assert.equal(await ended, 3);
  assert.match(host.err(), /schelly\.yaml:1:1: .*jbos/);
  assert.match(host.err(), /schelly\.yaml:2:\d+: .*listen/);
  assert.deepEqual(calls, []);
});

test("run without any configuration shows the smallest of each kind", async () => {
  const { host, ended } = await started({}, { files: {} });
  assert.equal(await ended, 3);
  assert.match(host.err(), /jobs:\n\s+- name: postgres/);
  assert.match(host.err(), /WEBHOOK_URL=/);
});

test("run says where to look, what is open, and the next slot", async () => {
  const { host, ended } = await started();
  assert.match(host.err(), /Listening on http:\/\/127\.0\.0\.1:8080\./);
  assert.match(host.err(), /Look at http:\/\/127\.0\.0\.1:8080\/ in a browser/);
  assert.match(host.err(), /everybody may read and start backups, and nothing else/);
  assert.match(host.err(), /Job a: next slot 2026-11-23T23:59:59\.000Z \(in 23h\)\./);
  assert.equal(host.out(), "");
  host.signal("SIGTERM");
  await ended;
});

test("run warns when everything is open", async () => {
  const files = { "/home/me/schelly.yaml": `server: { auth: none }\n${FILES["/home/me/schelly.yaml"]}` };
  const { host, ended } = await started({}, { files });
  assert.match(host.err(), /warning: auth is none: whoever reaches .* may do everything/);
  host.signal("SIGTERM");
  await ended;
});

test("run of the original's environment prints the policy level by level", async () => {
  const env = { WEBHOOK_URL: "http://p:7070/backups", RETENTION_DAILY: "7", RETENTION_MONTHLY: "0" };
  const { host, ended } = await started({}, { files: {}, env });
  assert.match(host.err(), /Job backup keeps daily 7@L\./);
  assert.match(host.err(), /keeps no weekly backups: the original's image would have filled in 4@L/);
  assert.match(host.err(), /keeps no yearly backups: .* 2@L/);
  assert.doesNotMatch(host.err(), /no monthly/, "0 was said by the user");
  host.signal("SIGTERM");
  await ended;
});

test("run of an environment without retention shows the default policy", async () => {
  const { host, ended } = await started({}, { files: {}, env: { WEBHOOK_URL: "http://p:7070/backups" } });
  for (const line of ["daily 4@L", "weekly 4@L", "monthly 3@L", "yearly 2@L"]) {
    assert.ok(host.err().includes(`Job backup keeps ${line} (default).`), line);
  }
  host.signal("SIGTERM");
  await ended;
});

test("run speaks JSON lines where the log does", async () => {
  const { host, ended } = await started({}, { tty: false });
  host.signal("SIGTERM");
  await ended;
  for (const line of host.err().trim().split("\n")) {
    const { time, level, event, message } = JSON.parse(line);
    assert.deepEqual([time, event, typeof message], ["2026-11-23T00:00:00.000Z", "cli", "string"]);
    assert.match(level, /^(info|warning|error)$/);
  }
});

test("run reloads on SIGHUP and says what is wrong with the new configuration", async () => {
  const { host, ended } = await started();
  await host.files.writeText("/home/me/schelly.yaml", "jobs: 7\n");
  assert.equal(host.signal("SIGHUP"), true);
  await settled();
  assert.match(host.err(), /error: The configuration was not reloaded: .*schelly\.yaml:1/);
  host.signal("SIGTERM");
  assert.equal(await ended, 143);
});

test("run passes its flags on to the configuration", async () => {
  const files = { "/etc/x.yaml": FILES["/home/me/schelly.yaml"].replace("name: a", "name: x") };
  const { calls, host, ended } = await started({}, { files }, [
    "--config",
    "/etc/x.yaml",
    "--state",
    "file:/tmp/s.db",
  ]);
  assert.deepEqual(calls, ["start x"]);
  assert.match(host.err(), /state file:\/tmp\/s\.db/);
  host.signal("SIGTERM");
  await ended;
});

test("run warns of a promise that cannot be kept, and goes on", async () => {
  const text = `${FILES["/home/me/schelly.yaml"]}`.replace("{ name: a,", `{ name: a, expect: [$EXPECT],`)
    .replace("$EXPECT", `{ after: 9d, daily: ">=8" }`);
  const { host, ended } = await started({}, { files: { "/home/me/schelly.yaml": text } });
  for (let turn = 0; turn < 200 && !/promise/.test(host.err()); turn++) await settled();
  assert.match(
    host.err(),
    /warning: schelly\.yaml:2:\d+: jobs\[0\]\.expect\[0\]: job 'a' would break the promise/,
  );
  assert.equal(await pending(ended), true);
  host.signal("SIGTERM");
  assert.equal(await ended, 143);
});
