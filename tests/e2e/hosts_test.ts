// One Schelly and the providers of 200 hosts: one that is down and one that hangs delay no other, each backup is made and
// deleted on its own host, and a host that answers for another one is refused.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import process from "node:process";
import { listenTcp } from "../support/listen_tcp.ts";
import { tokenOf } from "../support/many_hosts.ts";
import { freePort, programTest, type Rig, type Server, until } from "../support/program.ts";

const HOSTS = 200;
const NEVER = "0 0 0 29 2 *";
/** Of the program: the figure of this machine is about 170 MiB. */
const MOST_MIB = 500;

/** Where each of these hosts is served, by name; the token of each lies in `tokens`. */
async function serveHosts(rig: Rig, names: readonly string[]): Promise<Record<string, string>> {
  mkdirSync(`${rig.folder}/tokens`, { recursive: true });
  for (const name of names) writeFileSync(`${rig.folder}/tokens/${name}`, tokenOf(name), { mode: 0o600 });
  const script = new URL("../support/many_hosts.ts", import.meta.url).pathname;
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const child = rig.spawn("hosts", [
    ...[Deno.execPath(), "run", "-q", "-A", "--config", config, script, `${rig.folder}/hosts`],
    ...names,
  ]);
  const [line] = await child.said("out", /^\{.*\}$/m);
  return JSON.parse(line);
}

/** The document with a job on all of these hosts. */
function fleet(hosts: Record<string, string>, schedule: string, calls = ""): string {
  const listed = Object.entries(hosts).map(([name, address]) =>
    `      - { name: ${name}, address: "${address}" }\n`
  );
  return `providers:
  nas:
    url: "http://{host}/backups"
    token_file: tokens/{host}
    poll_interval: 200ms
${calls}    hosts:
${listed.join("")}jobs:
  - name: home
    schedule: "${schedule}"
    provider: { use: nas, host: all }
    retention: { daily: 1 }
`;
}

/** What a provider has, asked of itself. */
async function listOf(name: string, address: string): Promise<{ id: string; job: string }[]> {
  const answer = await fetch(`http://${address}/backups`, {
    headers: { Authorization: `Bearer ${tokenOf(name)}` },
  });
  assert.equal(answer.status, 200);
  return await answer.json();
}

async function available(server: Server): Promise<Map<string, any[]>> {
  const backups = await server.get<any[]>("/backups?status=available&limit=1000");
  return Map.groupBy(backups, ({ job }) => job as string);
}

async function residentMib(rig: Rig, { child }: Server): Promise<number> {
  const status = await rig.tool(["cat", `/proc/${child.pid}/status`]);
  return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) / 1024);
}

programTest(
  `${HOSTS} hosts: one that is down and one that hangs delay no other, and each keeps its own`,
  async (rig) => {
    const good = Array.from({ length: HOSTS - 2 }, (_, index) => `h${index}`);
    const hosts = await serveHosts(rig, good);
    const calls = { open: 0 };
    // Takes connections and never answers: for as long as the test lasts.
    await using hangs = await listenTcp(0, () => calls.open++);
    for (const name of ["down", "hangs"]) {
      writeFileSync(`${rig.folder}/tokens/${name}`, tokenOf(name), {
        mode: 0o600,
      });
    }
    const all = { down: `127.0.0.1:${freePort()}`, hangs: `127.0.0.1:${hangs.port}`, ...hosts };
    const patient = "    timeout: { create: 10m, get: 10m }\n";
    const server = await rig.server({ yaml: fleet(all, "*/15 * * * * *", patient) });

    await until("every good host has made its backup", async () => {
      const made = await available(server);
      return good.every((name) => made.has(`home.${name}`));
    });
    // From here on only what is asked for runs.
    await rig.configure(fleet(all, NEVER, patient));
    assert.equal((await rig.cli("reload", "--socket", rig.socket)).code, 0);
    await until("each has the one that is kept", async () => {
      const jobs = await server.get<any[]>("/jobs");
      const isBusy = jobs.some(({ job, running, waiting }) =>
        good.includes(job.slice(5)) && (running || waiting)
      );
      const made = await available(server);
      return !isBusy && good.every((name) => made.get(`home.${name}`)!.length === 1);
    });
    const slow = (await server.runs("home.hangs")).find(({ state }) => state !== "skipped");
    assert.ok(["sending", "unknown"].includes(slow.state), `it hangs all the while: ${slow.state}`);
    assert.ok(calls.open > 0, "and was asked");
    const mib = await residentMib(rig, server);
    process.stdout.write(`${HOSTS} hosts: ${mib} MiB after a backup of each\n`);
    assert.ok(mib < MOST_MIB, `${mib} MiB`);

    // What is wrong is said of the one host that is down.
    const status = await server.get("/status");
    assert.deepEqual(status.providers.map(({ provider, jobs }: any) => [provider, jobs]), [["nas@down", 1]]);
    assert.match(status.providers[0].message, /connection refused/);
    const metrics = (await server.request("GET", "/metrics")).body as string;
    assert.match(metrics, /^schelly_provider_up\{provider="nas@down",host="down"\} 0$/m);
    assert.equal(metrics.match(/^schelly_provider_up\{.*\} 1$/gm)!.length, good.length);

    // A second backup takes the place of the first: each DELETE went to the host that has it, and to no other.
    const some = good.slice(0, 20);
    const first = await available(server);
    await Promise.all(some.map((name) => server.backup(`home.${name}`)));
    await until("the first ones are gone", async () => {
      const made = await available(server);
      // What is being deleted is not available any more, and its host has it for a moment yet.
      const there = await Promise.all(some.map((name) => listOf(name, hosts[name]!)));
      return some.every((name, at) => made.get(`home.${name}`)?.length === 1 && there[at]!.length === 1);
    });
    const last = await available(server);
    await Promise.all(good.map(async (name) => {
      const [own] = last.get(`home.${name}`)!;
      const isNew = some.includes(name);
      assert.equal(own.id !== first.get(`home.${name}`)![0].id, isNew, name);
      const there = await listOf(name, hosts[name]!);
      assert.deepEqual(there.map(({ id, job }) => [id, job]), [[own.id, `home.${name}`]], name);
    }));
  },
);

programTest(
  "a host that answers for another one makes no backup and deletes none, and what it keeps stays",
  async (rig) => {
    const hosts = await serveHosts(rig, ["a", "b"]);
    // One token for both, as in a fleet that has one file: only the name tells them apart.
    for (const name of ["a", "b"]) {
      writeFileSync(`${rig.folder}/tokens/${name}`, tokenOf("b"), {
        mode: 0o600,
      });
    }
    writeFileSync(`${rig.folder}/tokens/a`, tokenOf("a"), { mode: 0o600 });
    const server = await rig.server({ yaml: fleet(hosts, NEVER) });
    const [ofA, ofB] = [await server.backup("home.a"), await server.backup("home.b")];

    // The address of `a` leads to `b` now, with the token that `b` takes.
    writeFileSync(`${rig.folder}/tokens/a`, tokenOf("b"), { mode: 0o600 });
    await rig.configure(fleet({ a: hosts.b!, b: hosts.a! }, NEVER));
    writeFileSync(`${rig.folder}/tokens/b`, tokenOf("a"), { mode: 0o600 });
    await rig.cli("reload", "--socket", rig.socket);
    await until("both are exchanged", () => /provider 'nas' changed/.test(server.child.err));

    const start = await server.post("/jobs/home.a/trigger");
    assert.equal(start.status, 502, JSON.stringify(start.body));
    const [failed] = await server.runs("home.a");
    assert.equal(failed.state, "failed");
    assert.match(
      JSON.stringify(await server.get(`/runs/${failed.run_id}`)),
      /meant for the host 'a', and this is 'b'/,
    );
    const asked = await rig.cli("backups", "delete", ofA.id, "--yes", "--socket", rig.socket);
    assert.equal(asked.code, 1, asked.out);
    await until("what was asked to be deleted was refused", async () => {
      const [run] = (await server.runs("home.a")).filter(({ id }) => id === ofA.id);
      return run.state === "delete-error" || run.state === "available";
    });
    const check = await rig.cli("jobs", "check", "--socket", rig.socket);
    assert.equal(check.code, 1);
    assert.match(check.out, /^home\.a +provider answers +failed +.*meant for the host 'a'/m);
    assert.deepEqual((await listOf("a", hosts.a!)).map(({ id }) => id), [ofA.id]);
    assert.deepEqual((await listOf("b", hosts.b!)).map(({ id }) => id), [ofB.id]);

    // Right again, and nothing was lost meanwhile.
    for (const name of ["a", "b"]) {
      writeFileSync(`${rig.folder}/tokens/${name}`, tokenOf(name), {
        mode: 0o600,
      });
    }
    await rig.configure(fleet(hosts, NEVER));
    await rig.cli("reload", "--socket", rig.socket);
    const well = await until("both answer", async () => {
      const ended = await rig.cli("jobs", "check", "--socket", rig.socket);
      return ended.code === 0 && ended;
    });
    assert.match(well.err, /2 checked on 2 hosts, none failed/);
  },
);

programTest(
  "a host that is removed leaves its backups as they are; renamed or back, they are its own",
  async (rig) => {
    const hosts = await serveHosts(rig, ["a", "b"]);
    const server = await rig.server({ yaml: fleet(hosts, NEVER) });
    const kept = await server.backup("home.b");
    const reload = async (yaml: string) => {
      await rig.configure(yaml);
      const ended = await rig.cli("reload", "--socket", rig.socket);
      assert.equal(ended.code, 0, ended.err);
      return ended.out + ended.err;
    };
    const jobOf = async (name: string) => (await server.get<any[]>("/jobs")).find(({ job }) => job === name);

    await reload(fleet({ a: hosts.a! }, NEVER));
    assert.equal((await jobOf("home.b")).managed, false);
    assert.deepEqual((await listOf("b", hosts.b!)).map(({ id }) => id), [kept.id], "nothing is deleted");

    await reload(fleet(hosts, NEVER));
    assert.equal((await jobOf("home.b")).managed, true);
    assert.equal((await jobOf("home.b")).available, 1);

    const renamed = fleet({ a: hosts.a!, c: hosts.b! }, NEVER).replace(
      "{ name: c,",
      "{ name: c, renamed_from: b,",
    );
    writeFileSync(`${rig.folder}/tokens/c`, tokenOf("b"), { mode: 0o600 });
    await reload(renamed);
    const job = await jobOf("home.c");
    assert.deepEqual([job.managed, job.available, job.unmanaged, job.provider], [true, 1, [], "nas@c"]);
    // The machine still believes that it is called b, and says so rather than to do what another is asked.
    const check = await rig.cli("jobs", "check", "home.c", "--socket", rig.socket);
    assert.match(check.out, /meant for the host 'c', and this is 'b'/);
  },
);
