// The state is lost and put back from a copy of its schedule, with the real program: every living backup comes back, nothing
// is deleted before somebody looked, and what is lost is said.
// Also tests app/composition/keepers.ts, cli/server/state_restore.ts, store/write/adoption.ts.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { freePort, PROGRAM, programTest, type Rig, until } from "../support/program.ts";

const JOBS = 200;

async function mock(rig: Rig, ...more: string[]): Promise<string> {
  const address = `127.0.0.1:${freePort()}`;
  const child = rig.spawn("mock", [
    ...PROGRAM,
    "provider",
    "mock",
    "--listen",
    address,
    "--duration",
    "10ms",
    ...more,
  ]);
  await child.said("err", /Pretending/);
  return `http://${address}/backups`;
}

const jobsYaml = (url: string, count: number, more = "") =>
  `providers: { store: { url: "${url}", poll_interval: 100ms, max_concurrent: 8 } }
jobs:
${
    Array.from({ length: count }, (_, n) =>
      `  - { name: job-${n}, schedule: "0 0 0 29 2 *", provider: store, ` +
      `retention: { secondly: 1, guard: { policy_change_hold: 0s } }${more} }\n`).join("")
  }`;

async function configure(rig: Rig, yaml: string, snapshots = "{ to: copies, every: 1m }"): Promise<void> {
  await mkdir(`${rig.folder}/copies`, { recursive: true });
  await writeFile(
    rig.configFile,
    `server: { listen: "127.0.0.1:0", socket: ${rig.socket}, auth: none }\n` +
      `state: { url: "file:${rig.folder}/state/schelly.db", snapshots: ${snapshots} }\n${yaml}`,
  );
}

const stateFile = (rig: Rig) => `${rig.folder}/state/schelly.db`;
const listed = async (url: string) => (await (await fetch(url)).json()) as { id: string; status: string }[];

programTest(
  "the state of 200 jobs is lost: a copy and what the provider lists bring every living backup back",
  async (rig) => {
    const url = await mock(rig, "--max-concurrent", "500");
    // Nothing is thinned out on the way, so that each backup made is one that must come back, however quick the machine is.
    await configure(rig, jobsYaml(url, JOBS).replaceAll(/retention: \{.*?\} \}/g, "retention: keep_all"));
    const first = await rig.server();
    const trigger = async (names: string[]) => {
      for (let at = 0; at < names.length; at += 20) {
        await Promise.all(
          names.slice(at, at + 20).map(async (name) => {
            const { status, body } = await first.post(`/jobs/${name}/trigger`);
            assert.equal(status, 202, JSON.stringify(body));
          }),
        );
      }
    };
    const all = Array.from({ length: JOBS }, (_, n) => `job-${n}`);
    await trigger(all);
    const availableAre = (count: number) =>
      until(
        `${count} are available`,
        async () => (await first.get("/backups?status=available&limit=10000")).length === count,
      );
    await availableAre(JOBS);
    const copy = `${rig.folder}/copies/by-hand.db`;
    await rig.ask("state", "snapshot", copy);
    // What the copy does not know of: a second backup of each job, and a hold.
    await trigger(all);
    await availableAre(2 * JOBS);
    const living = (await listed(url)).map(({ id }) => id).toSorted();
    assert.equal(living.length, 2 * JOBS);
    const held = (await first.get("/backups?job=job-0"))[1];
    await rig.ask("backups", "hold", held.id, "--reason", "audit");
    const inUse = await rig.cli("state", "restore", copy, "--yes", "--config", rig.configFile);
    assert.equal(inUse.code, 75, inUse.err);
    assert.match(inUse.err, /stop the server first/);
    await first.kill("SIGKILL");
    await rm(`${rig.folder}/state`, { recursive: true });
    await mkdir(`${rig.folder}/state`, { mode: 0o700 });

    const dry = await rig.cli("state", "restore", copy, "--dry-run", "--config", rig.configFile);
    assert.equal(dry.code, 0, dry.err);
    assert.match(dry.out, /holds +200 jobs, 200 runs, 200 backups/);
    assert.match(dry.err, /What happened since \S+ is lost to it: runs, holds, freezes/);
    assert.deepEqual(await readdir(`${rig.folder}/state`), [], "nothing was changed");
    const done = await rig.cli("state", "restore", copy, "--yes", "--config", rig.configFile);
    assert.equal(done.code, 0, done.err);
    assert.equal((await stat(stateFile(rig))).mode & 0o777, 0o600);

    // The policy would keep one backup of each job from now on.
    await configure(rig, jobsYaml(url, JOBS));
    const second = await rig.server();
    await until("all is taken in", async () => {
      const { checks } = await second.get("/readyz?verbose");
      return checks.every(({ name }: { name: string }) => name !== "restored state");
    });
    const known = (await second.get("/backups?status=available&limit=10000")).map(({ id }: { id: string }) =>
      id
    );
    assert.deepEqual(known.toSorted(), living, "every living backup is on record again");
    const event = (await second.get("/events?type=state.adopted"))[0];
    assert.match(
      event.message,
      /200 backups taken in; nothing is deleted before `schelly retention approve`/,
    );
    for (const name of ["job-0", "job-199"]) {
      const { guards } = await second.get(`/jobs/${name}`);
      assert.ok(
        guards.some(({ guard }: { guard: string }) => guard === "restored_store"),
        JSON.stringify(guards),
      );
      await second.post(`/jobs/${name}/retention`);
    }
    assert.deepEqual((await listed(url)).map(({ id }) => id).toSorted(), living, "nothing was deleted");
    // A backup by hand still works, and providers that know a later start refuse nobody.
    const more = await second.post("/jobs/job-7/trigger");
    assert.equal(more.status, 202, JSON.stringify(more.body));
    await second.kill("SIGTERM");
    const third = await rig.server();
    const { checks } = await third.get("/readyz?verbose");
    assert.ok(checks.every(({ name }: { name: string }) => name !== "restored state"), "it is taken in once");
    const approved = await rig.cli("retention", "approve", "job-0", "--yes", "--socket", rig.socket);
    assert.equal(approved.code, 0, approved.err);
    await until("the approved one is gone", async () => (await listed(url)).length === 2 * JOBS);
  },
);

programTest(
  "copies are taken on a schedule, the newest is what `state restore` takes, and what was there is kept",
  async (rig) => {
    const url = await mock(rig);
    await configure(rig, jobsYaml(url, 1).replace("secondly: 1", "secondly: 50"));
    const server = await rig.server();
    await server.backup("job-0");
    const copies = async () =>
      (await readdir(`${rig.folder}/copies`)).filter((name) => /^state-.*\.db$/.test(name));
    await until("the first copy is there", async () => (await copies()).length === 1);
    const metrics = await until("metrics tell of it", async () => {
      const text = await server.get<string>("/metrics");
      return /^schelly_state_snapshot_last_timestamp_seconds \d/m.test(text) && text;
    });
    assert.match(metrics, /^schelly_state_snapshot_failing 0$/m);
    await server.kill("SIGTERM");
    const again = await rig.server();
    await again.backup("job-0");
    assert.equal((await copies()).length, 1, "a restart takes none before its time");
    await again.kill("SIGTERM");
    const before = await stat(stateFile(rig));
    const done = await rig.cli("state", "restore", "--yes", "--json", "--config", rig.configFile);
    assert.equal(done.code, 0, done.err);
    const told = JSON.parse(done.out);
    assert.equal(told.before.runs, 2);
    assert.ok(told.from.endsWith((await copies())[0]!));
    const kept = await stat(told.kept_at);
    assert.ok(kept.size > 0 && (kept.mode & 0o777) === 0o600 && kept.ino !== before.ino);
    const back = await rig.cli(
      "state",
      "restore",
      told.kept_at,
      "--dry-run",
      "--json",
      "--config",
      rig.configFile,
    );
    assert.equal(JSON.parse(back.out).runs, 2, "what was kept is whole");

    const restored = await rig.server();
    await until(
      "the later backup is taken in",
      async () => (await restored.get("/backups?status=available")).length === 2,
    );
    await restored.kill("SIGTERM");
    await configure(rig, jobsYaml(url, 1), "{ to: nowhere, every: 1m }");
    const failing = await rig.server();
    await until("the failure shows", async () => {
      const { checks } = await failing.get("/readyz?verbose");
      return checks.some(({ name, message }: any) =>
        name === "copies of the state" && /nowhere/.test(message)
      );
    });
    assert.match(await failing.get("/metrics"), /^schelly_state_snapshot_failing 1$/m);
    assert.equal((await rig.cli("status", "--socket", rig.socket)).code, 1);
  },
);

programTest(
  "what is no copy of a state is refused in a sentence, and a damaged state is kept as it is",
  async (rig) => {
    const url = await mock(rig);
    await configure(rig, jobsYaml(url, 1).replace("secondly: 1", "secondly: 50"));
    const server = await rig.server();
    await server.backup("job-0");
    const copy = `${rig.folder}/copy.db`;
    await rig.ask("state", "snapshot", copy);
    await server.kill("SIGTERM");
    await writeFile(`${rig.folder}/text.db`, "no database at all ".repeat(500));
    await writeFile(`${rig.folder}/empty.db`, "");
    const bytes = await readFile(copy);
    await writeFile(`${rig.folder}/cut.db`, bytes.subarray(0, bytes.length >> 1));
    const broken = Buffer.from(bytes);
    broken.fill(0xff, 8_192, 16_384);
    await writeFile(`${rig.folder}/broken.db`, broken);
    await writeFile(`${rig.folder}/live.db`, bytes);
    await writeFile(`${rig.folder}/live.db-wal`, "x");
    const restore = (file: string) => rig.cli("state", "restore", file, "--yes", "--config", rig.configFile);
    for (
      const [file, why] of [
        ["none.db", /there is no such file/],
        [rig.folder, /it is no file/],
        ["text.db", /can be read/],
        ["empty.db", /it is no state of Schelly's/],
        ["cut.db", /damaged|can be read/],
        ["broken.db", /damaged|can be read/],
        ["live.db", /a log lies beside it/],
        [stateFile(rig), /it is the state itself/],
      ] as const
    ) {
      const { code, err } = await restore(file);
      assert.equal(code, 1, `${file}: ${err}`);
      assert.match(err, why, file);
      assert.equal(err.trim().split("\n").length, 1, err);
    }
    assert.deepEqual((await readdir(`${rig.folder}/state`)).filter((name) => !/\.(db|mark)$/.test(name)), []);

    await writeFile(stateFile(rig), Buffer.alloc(50_000, 0x2a));
    const done = await rig.cli("state", "restore", copy, "--yes", "--json", "--config", rig.configFile);
    assert.equal(done.code, 0, done.err);
    const { damage, kept_at } = JSON.parse(done.out);
    assert.ok(typeof damage === "string");
    assert.deepEqual(await readFile(kept_at), Buffer.alloc(50_000, 0x2a));
    const restored = await rig.server();
    assert.equal((await restored.get("/jobs/job-0")).available, 1);
  },
);
