// Active and standby on one real libSQL server: who takes over when, what the waiting one shows and refuses, and that no slot
// is decided twice.

import assert from "node:assert/strict";
import { type Answer, programTest, type Rig, until } from "../support/program.ts";
import { requireFile } from "../support/require_tool.ts";
import { SqldServer } from "../support/sqld_server.ts";
import { type Node, startNode } from "../support/standby_nodes.ts";
import { systemClock } from "../../src/runtime/clock.ts";

const server = requireFile("SCHELLY_TEST_SQLD", "a libSQL server");
const skip = "path" in server ? false : server.skip;

const jobs = (url: string, secondly = 5) =>
  `jobs:\n  - { name: db, schedule: "*/5 * * * * *", provider: { url: "${url}", poll_interval: 1s }, ` +
  `retention: { secondly: ${secondly} } }\n`;

async function ground(rig: Rig) {
  assert.ok("path" in server);
  const sqld = new SqldServer(rig, server.path);
  await sqld.start();
  const provider = await rig.originalProvider();
  return { sqld, provider };
}

/** A request that would change something. */
async function change(node: Node, method: string, path: string): Promise<Answer> {
  const response = await fetch(`${node.url}${path}`, { method });
  return { status: response.status, body: await response.json().catch(() => null) } as Answer;
}

/** Every slot of the job that has rows, with how many. */
async function slots(sqld: SqldServer): Promise<Map<string, number>> {
  const rows = await sqld.rows(
    "SELECT slot, count(*) FROM runs WHERE slot IS NOT NULL AND attempt = 1 GROUP BY slot",
  );
  return new Map(rows.map(([slot, count]) => [slot!, Number(count)]));
}

programTest("a standby shows, refuses, and takes over from one that was killed", async (rig) => {
  const { sqld, provider } = await ground(rig);
  const a = await startNode(rig, sqld, "node-a", { yaml: jobs(provider.url) });
  await a.active();
  await until("a backup is made", async () => (await a.get("/backups?status=available"))!.body.length > 0);
  const b = await startNode(rig, sqld, "node-b", { yaml: jobs(provider.url) });
  await b.standby();

  // What it shows.
  assert.deepEqual(await b.get("/readyz"), { status: 503, body: { ready: false, role: "standby" } });
  assert.deepEqual(await b.get("/healthz"), { status: 200, body: { ready: false, role: "standby" } });
  assert.ok((await b.get("/backups"))!.body.length > 0);
  const [job] = (await b.get("/jobs"))!.body;
  assert.equal(job.job, "db");
  assert.notEqual(job.next_slot, null);
  const status = (await b.get("/status"))!.body;
  assert.deepEqual(status.instance, {
    role: "standby",
    node: "node-b",
    active: { node: "node-a", address: a.url },
    same_configuration: true,
  });
  assert.match((await b.get("/metrics"))!.body, /^schelly_active 0$/m);
  assert.match((await a.get("/metrics"))!.body, /^schelly_active 1$/m);
  const sentence =
    `This instance is on standby and changes nothing: 'node-a' (${a.url}) is active, ask that one`;
  const page = await (await fetch(`${b.url}/ui/`)).text();
  assert.match(page, /This instance is on standby and changes nothing/);

  // What it refuses.
  for (
    const [method, path] of [["POST", "/backups"], ["PUT", "/freeze"], ["POST", "/jobs/db/pause"]] as const
  ) {
    const { status, body } = await change(b, method, path);
    assert.deepEqual([status, body.detail, body.reason], [503, sentence, "standby"], path);
  }
  const trigger = await rig.cli("jobs", "trigger", "db", "--socket", b.socket);
  assert.notEqual(trigger.code, 0);
  assert.match(trigger.err, /on standby and changes nothing: 'node-a'/);
  const health = await rig.cli("healthcheck", "--socket", b.socket);
  assert.deepEqual([health.code, health.out.trim()], [0, "standby"]);

  // It shows what comes later, too.
  const before = (await b.get("/backups?limit=500"))!.body.length;
  await until("news shows", async () => (await b.get("/backups?limit=500"))!.body.length > before);

  await a.child.kill("SIGKILL");
  const killed = systemClock.monotonic();
  await b.active();
  const took = systemClock.monotonic() - killed;
  assert.ok(took > 25_000, `a lease of 30 s was taken after ${took} ms`);
  assert.match((await b.get("/metrics"))!.body, /^schelly_active 1$/m);
  const [event] = (await b.get("/events?type=state.taken_over"))!.body;
  assert.match(
    event.message,
    /'node-b' took over the state from 'node-a', which renewed its lease no more/,
  );
  const made = (await b.get("/backups?status=available"))!.body.length;
  await until(
    "it makes backups",
    async () => (await b.get("/backups?status=available"))!.body.length !== made,
  );

  // The one that was killed comes back, and waits.
  await a.start();
  await a.standby();
  assert.equal((await a.get("/status"))!.body.instance.active.node, "node-b");
  for (const [slot, count] of await slots(sqld)) assert.equal(count, 1, `slot ${slot}`);
}, { skip });

programTest(
  "an orderly stop hands over at once, and another configuration counts as an edit",
  async (rig) => {
    const { sqld, provider } = await ground(rig);
    const a = await startNode(rig, sqld, "node-a", { yaml: jobs(provider.url) });
    await a.active();
    await until(
      "two backups are made",
      async () => (await a.get("/backups?status=available"))!.body.length > 1,
    );
    const b = await startNode(rig, sqld, "node-b", { yaml: jobs(provider.url, 1) });
    await b.standby();
    assert.equal((await b.get("/status"))!.body.instance.same_configuration, false);
    const verbose = (await b.get("/readyz?verbose"))!.body.checks.map(({ name }: { name: string }) => name);
    assert.ok(verbose.includes("standby configuration"));

    const stopping = systemClock.monotonic();
    a.child.signal("SIGTERM");
    await b.active();
    const took = systemClock.monotonic() - stopping;
    assert.ok(took < 25_000, `an orderly handover took ${took} ms`);
    assert.equal((await a.child.ended).code, 143);
    const [event] = (await b.get("/events?type=state.taken_over"))!.body;
    assert.match(event.message, /which had given it back; its configuration was another one/);
    const [edit] = (await b.get("/events?type=job.policy_changed"))!.body;
    assert.match(edit.message, /secondly=1@L/);
    // Some of them nobody keeps now but the policy of before.
    await until("what the policy of before keeps is held", async () => {
      const { keep } = (await b.get("/jobs/db/retention"))!.body;
      return keep.some((row: { kept_for: { kind: string }[] }) =>
        row.kept_for.some(({ kind }) => kind === "former_policy")
      );
    });
  },
  { skip },
);

programTest(
  "without standby a second instance is refused while the first lives, and goes on at once where it was itself",
  async (rig) => {
    const { sqld, provider } = await ground(rig);
    const a = await startNode(rig, sqld, "node-a", { yaml: jobs(provider.url), standby: "" });
    await a.active();
    const b = await startNode(rig, sqld, "node-b", { yaml: jobs(provider.url), standby: "" });
    const { code, err } = await b.child.ended;
    assert.equal(code, 75);
    assert.match(
      err,
      /Cannot use the state: Schelly on '.*' uses it and renews its lease: stop that one first/,
    );
    await a.child.kill("SIGKILL");
    const killed = systemClock.monotonic();
    await a.start();
    await a.active();
    const took = systemClock.monotonic() - killed;
    assert.ok(took < 30_000, `a restart took ${took} ms`);
  },
  { skip },
);

programTest(
  "one that stood still for longer than its lease ends with 75, and the other one goes on",
  async (rig) => {
    const { sqld, provider } = await ground(rig);
    const a = await startNode(rig, sqld, "node-a", { yaml: jobs(provider.url) });
    await a.active();
    const b = await startNode(rig, sqld, "node-b", { yaml: jobs(provider.url) });
    await b.standby();
    a.child.signal("SIGSTOP");
    await b.active();
    a.child.signal("SIGCONT");
    const { code, err } = await a.child.ended;
    assert.match(err, /Schelly on 'node-b' .* has taken it over/);
    assert.equal(code, 75);
    assert.equal((await b.get("/readyz"))!.status, 200);
    for (const [slot, count] of await slots(sqld)) assert.equal(count, 1, `slot ${slot}`);
  },
  { skip },
);
