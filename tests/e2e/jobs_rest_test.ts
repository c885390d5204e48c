// Jobs over REST with the real program: written, replaced and taken out as files of one folder, by callers with a token;
// what is refused changes nothing, and no kill -9, full disk or second caller leaves half of anything.

import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { programTest, type Rig, type Server, until } from "../support/program.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";
const VIEWER = "fedcba9876543210fedcba9876543210";
const AUTH = `auth: { tokens: [{ name: ops, role: admin, token: ${TOKEN} }, ` +
  `{ name: eyes, role: operator, token: ${VIEWER} }] }`;

const PROVIDER = `providers:
  store: { command: { create: ["true"], delete: ["true"] }, poll_interval: 100ms }
jobs_dir: jobs.d
`;
const HAND = `jobs:\n  - { name: hand, schedule: "0 0 0 29 2 *", provider: store }\n`;
const SETTINGS = { schedule: "0 0 0 29 2 *", provider: "store" };

interface Asked {
  status: number;
  json: any;
  etag: string | null;
}

/** Asks over TCP as an admin. */
function asking(server: Server, token: string | null = TOKEN) {
  return async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Asked> => {
    const isText = typeof body === "string";
    const answer = await fetch(server.url + path, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": isText ? "application/yaml" : "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : isText ? body as string : JSON.stringify(body),
    });
    const text = await answer.text();
    const isJson = /json/.test(answer.headers.get("content-type") ?? "");
    return {
      status: answer.status,
      json: isJson ? JSON.parse(text) : text,
      etag: answer.headers.get("etag"),
    };
  };
}

async function serving(rig: Rig, auth = AUTH, yaml = PROVIDER + HAND) {
  await mkdir(`${rig.folder}/jobs.d`, { recursive: true });
  await rig.configure(yaml, auth);
  const server = await rig.server();
  return { server, ask: asking(server), folder: `${rig.folder}/jobs.d` };
}

async function managed(ask: ReturnType<typeof asking>): Promise<string[]> {
  const { json } = await ask("GET", "/jobs");
  return json.filter((job: any) => job.managed).map((job: any) => job.job).toSorted();
}

programTest(
  "a job is created, replaced and taken out, each in force with the answer and on record",
  async (rig) => {
    const { server, ask, folder } = await serving(rig);
    const planned = await ask("PUT", "/jobs/db?dry_run=true", { ...SETTINGS, retention: { daily: 3 } });
    assert.deepEqual([planned.status, planned.json.change, planned.json.dry_run, planned.etag], [
      200,
      "added",
      true,
      null,
    ]);
    assert.deepEqual(planned.json.reload, ["job 'db' added"]);
    assert.deepEqual(await readdir(folder), [], "a plan writes nothing");

    const made = await ask("POST", "/jobs/db", { ...SETTINGS, retention: { daily: 3 } });
    assert.deepEqual([made.status, made.json.file], [201, `${folder}/db.yaml`], JSON.stringify(made.json));
    assert.deepEqual(await managed(ask), ["db", "hand"], "in force when the answer comes");
    assert.equal((await ask("POST", "/jobs/db", SETTINGS)).status, 409, "there is one");
    const file = await ask("GET", "/jobs/db/file");
    assert.deepEqual([file.etag!.replace(/^W\//, ""), file.json], [
      made.json.etag,
      await readFile(`${folder}/db.yaml`, "utf8"),
    ]);

    const text =
      `# Kept as it is.\njobs:\n  - name: db\n    schedule: "0 0 0 29 2 *"\n    provider: store\n    retention: { daily: 2 }\n`;
    const stale = await ask("PUT", "/jobs/db", text, { "if-match": '"0"' });
    assert.equal(stale.status, 412, JSON.stringify(stale.json));
    assert.equal((await ask("PUT", "/jobs/db", text, { "if-none-match": "*" })).status, 412);
    const replaced = await ask("PUT", "/jobs/db", text, { "if-match": made.etag! });
    assert.deepEqual(
      [replaced.status, replaced.json.change],
      [200, "changed"],
      JSON.stringify(replaced.json),
    );
    assert.deepEqual(replaced.json.settings, [{ key: "retention.daily", old: "3@L", new: "2@L" }]);
    assert.equal(await readFile(`${folder}/db.yaml`, "utf8"), text);

    assert.equal((await ask("DELETE", "/jobs/db?forget=true")).status, 409, "it is in the configuration");
    assert.equal((await ask("DELETE", "/jobs/db", undefined, { "if-match": made.etag! })).status, 412);
    const out = await ask("DELETE", "/jobs/db", undefined, { "if-match": replaced.etag! });
    assert.deepEqual([out.status, out.json.edit.change, out.json.edit.etag], [200, "removed", null]);
    assert.deepEqual([await managed(ask), await readdir(folder)], [["hand"], []]);
    assert.equal((await ask("DELETE", "/jobs/db")).json.edit, undefined, "said again, it is forgotten");

    const trail = (await ask("GET", "/audit")).json;
    const told = trail.filter(({ type }: any) => type.startsWith("job.file_")).map(({ type, data }: any) => [
      type,
      data.by,
      data.digest_before === null,
    ]);
    assert.deepEqual(told, [
      ["job.file_removed", "ops", false],
      ["job.file_written", "ops", false],
      ["job.file_written", "ops", true],
    ]);
    // The watcher of the files had seen each of these edits: none was taken over twice.
    const reloads = trail.filter(({ type }: any) => type.startsWith("config."));
    assert.equal(reloads.length, 3, JSON.stringify(reloads));
    await server.kill("SIGTERM");
    assert.doesNotMatch(server.child.err, /nothing changed/);
  },
);

programTest("a plan names the backups that would go, and `enabled` filters", async (rig) => {
  const { server, ask } = await serving(rig);
  const job = { ...SETTINGS, retention: { secondly: 5, guard: { policy_change_hold: "0s" } } };
  assert.equal((await ask("POST", "/jobs/db", job)).status, 201);
  const admin = { authorization: `Bearer ${TOKEN}` };
  for (let n = 0; n < 3; n++) {
    await until("a start is accepted", async () => (await ask("POST", "/jobs/db/trigger")).status === 202);
    await until("it is there", async () => (await ask("GET", "/jobs/db")).json.available === n + 1);
    const { slot } = { slot: Math.floor(Date.now() / 1000) };
    await until("the next second", () => Math.floor(Date.now() / 1000) !== slot);
  }
  const plan = await ask("PUT", "/jobs/db?dry_run=true", { ...job, retention: { secondly: 1 } });
  assert.deepEqual(plan.json.backups.deletes_now, { before: 0, after: 2 }, JSON.stringify(plan.json));
  assert.equal(plan.json.backups.remove.length, 2);
  assert.equal((await ask("GET", "/backups?status=available")).json.length, 3);
  assert.equal((await ask("PUT", "/jobs/off", { ...SETTINGS, enabled: false })).status, 201);
  const names = async (query: string) =>
    (await (await fetch(`${server.url}/jobs?${query}`, { headers: admin })).json()).map((one: any) =>
      one.job
    );
  assert.deepEqual(await names("enabled=false"), ["off"]);
  assert.deepEqual(await names("enabled=true"), ["hand", "db"]);
  assert.deepEqual(await names("enabled=true&limit=1"), ["hand"]);
  assert.equal((await ask("GET", "/jobs?enabled=perhaps")).status, 400);
});

programTest("over TCP a token is no shell, and what is refused changes nothing", async (rig) => {
  const { server, ask, folder } = await serving(rig);
  await writeFile(`${rig.folder}/secret`, "x");
  for (
    const [what, settings] of [
      ["provider:", {
        ...SETTINGS,
        provider: { command: { create: ["touch", "/tmp/x"], delete: ["true"] } },
      }],
      ["provider:", { ...SETTINGS, provider: { url: "http://127.0.0.1:9/x" } }],
      ["on_success:", { ...SETTINGS, on_success: { command: ["true"] } }],
      ["on_failure:", { ...SETTINGS, on_failure: { command: ["true"] } }],
      ["ping:", { ...SETTINGS, ping: { url: "http://127.0.0.1:9/x" } }],
      ["notify:", { ...SETTINGS, notify: ["ops"] }],
      ["${:", { ...SETTINGS, timezone: "${HOME}" }],
      ["_file:", { ...SETTINGS, provider: { use: "store", create_body_file: `${rig.folder}/secret` } }],
    ] as const
  ) {
    const { status, json } = await ask("PUT", "/jobs/db", settings);
    assert.equal(status, 422, JSON.stringify(json));
    assert.ok(json.errors.some(({ message }: any) => message.includes(what)), JSON.stringify(json));
    assert.match(
      json.detail,
      /over TCP a job may name a provider of the configuration and run nothing itself/,
    );
  }
  const wrong = await ask("PUT", "/jobs/db", { ...SETTINGS, schedule: "never" });
  assert.equal(wrong.status, 422);
  assert.match(wrong.json.errors[0].message, /jobs\.d\/db\.yaml:3:.*jobs\[0\]\.schedule/);
  assert.equal((await ask("PUT", "/jobs/db", { ...SETTINGS, provider: "none" })).status, 422);
  assert.equal((await ask("PUT", "/jobs/db", "jobs: []\nserver: { auth: none }\n")).status, 422);
  assert.equal((await ask("PUT", "/jobs/db", `jobs:\n  - { name: other, provider: store }\n`)).status, 422);
  assert.equal((await ask("PUT", "/jobs/db", "jobs: [")).status, 422);
  assert.equal((await ask("PUT", "/jobs/db", SETTINGS, { "content-type": "text/plain" })).status, 415);

  const hand = await ask("PUT", "/jobs/hand", SETTINGS);
  assert.equal(hand.status, 409);
  assert.match(hand.json.detail, /it is written in .*schelly\.yaml:7/);
  assert.equal((await ask("DELETE", "/jobs/hand")).status, 409);

  for (
    const name of ["..", ".", "%2e%2e", "..%2fx", "a%2fb", "A", "%00", "-a", "a%0ab", "ä", "x".repeat(64)]
  ) {
    const { status } = await ask("PUT", `/jobs/${name}`, SETTINGS);
    assert.ok([400, 404, 405, 422].includes(status), `${name}: ${status}`);
  }
  for (const name of ["a..b", "a.yaml", "0", "a-b_c.d", "x".repeat(63)]) {
    assert.equal((await ask("PUT", `/jobs/${name}`, SETTINGS)).status, 201, name);
    assert.equal((await ask("DELETE", `/jobs/${name}`)).status, 200, name);
  }
  await writeFile(
    `${rig.folder}/elsewhere.yaml`,
    `jobs:\n  - { name: linked, schedule: "0 0 0 29 2 *", provider: store }\n`,
  );
  await symlink(`${rig.folder}/elsewhere.yaml`, `${folder}/linked.yaml`);
  await until("the linked job is there", async () => (await managed(ask)).includes("linked"));
  const linked = await ask("PUT", "/jobs/linked", SETTINGS);
  assert.equal(linked.status, 409);
  assert.match(linked.json.detail, /is a link, which may lead anywhere/);
  assert.equal((await ask("DELETE", "/jobs/linked")).status, 409);
  await rm(`${folder}/linked.yaml`);
  await until("the linked job is gone", async () => (await managed(ask)).join() === "hand");
  assert.deepEqual(await readdir(folder), []);

  assert.equal((await asking(server, VIEWER)("PUT", "/jobs/db", SETTINGS)).status, 403);
  assert.equal((await asking(server, null)("PUT", "/jobs/db", SETTINGS)).status, 401);
});

programTest(
  "without a folder, without a token, or without leave to write, no job is changed",
  async (rig) => {
    const { server, folder } = await serving(rig, "auth: none");
    const open = await asking(server, null)("PUT", "/jobs/db", SETTINGS);
    assert.equal(open.status, 403);
    assert.match(open.json.detail, /those alone who show a token/);
    // At the socket no token is needed, and a provider may be written out.
    await writeFile(
      `${rig.folder}/local.yaml`,
      `jobs:\n  - name: local\n    schedule: "0 0 0 29 2 *"\n    provider: { command: { create: ["true"], delete: ["true"] } }\n`,
    );
    const put = await rig.cli("jobs", "put", `${rig.folder}/local.yaml`, "--socket", rig.socket);
    assert.equal(put.code, 0, put.err);
    assert.match(put.out, /\+ local added/);
    assert.match(put.err, /Changed: job 'local' added\. File .*jobs\.d\/local\.yaml, ETag "/);
    const shown = await rig.cli("jobs", "file", "local", "--socket", rig.socket);
    assert.equal(shown.out, await readFile(`${folder}/local.yaml`, "utf8"));
    const removed = await rig.cli("jobs", "remove", "local", "--yes", "--socket", rig.socket);
    assert.equal(removed.code, 0, removed.err);
    assert.match(removed.out, /- local removed/);
    const again = await rig.cli("jobs", "remove", "local", "--yes", "--socket", rig.socket);
    assert.equal(again.code, 5, again.err);
    assert.deepEqual(await readdir(folder), []);

    await rig.configure(PROVIDER.replace("jobs_dir: jobs.d\n", "") + HAND, AUTH);
    const told = await server.child.said("err", /callers change no jobs any more/);
    assert.ok(told);
    const none = await asking(server)("PUT", "/jobs/db", SETTINGS);
    assert.equal(none.status, 403);
    assert.match(none.json.detail, /expected jobs_dir/);
  },
);

programTest("two callers at once: one of them is told that the file is another one by now", async (rig) => {
  const { ask } = await serving(rig);
  const first = await ask("PUT", "/jobs/db", SETTINGS);
  const both = await Promise.all(
    [1, 2].map((hours) =>
      ask("PUT", "/jobs/db", { ...SETTINGS, grace_time: `${hours}h` }, { "if-match": first.etag! })
    ),
  );
  assert.deepEqual(both.map(({ status }) => status).toSorted(), [200, 412]);
  const creating = await Promise.all(
    [1, 2, 3].map((hours) => ask("POST", "/jobs/new", { ...SETTINGS, grace_time: `${hours}h` })),
  );
  assert.deepEqual(creating.map(({ status }) => status).toSorted(), [201, 409, 409]);
  const many = await Promise.all(
    Array.from({ length: 12 }, (_, n) => ask("PUT", `/jobs/many-${n}`, SETTINGS)),
  );
  assert.deepEqual(many.map(({ status }) => status), Array(12).fill(201));
  assert.equal((await managed(ask)).length, 15);
});

programTest(
  "what the reload refuses is put back: the settings of a provider that is at work",
  async (rig) => {
    const yaml = `jobs_dir: jobs.d\n${
      HAND.replace("provider: store", 'provider: { command: { create: ["true"], delete: ["true"] } }')
    }`;
    const { ask, folder, server } = await serving(rig, AUTH, yaml);
    const job = (sign: string) =>
      `jobs:\n  - name: slow\n    schedule: "0 0 0 29 2 *"\n    provider:\n      poll_interval: 100ms\n      command:\n` +
      `        create: [sh, -c, "echo ${sign}; while [ ! -e ${rig.folder}/go ]; do sleep 0.05; done"]\n        delete: ["true"]\n`;
    await writeFile(`${rig.folder}/slow.yaml`, job("old"));
    assert.equal((await rig.cli("jobs", "put", `${rig.folder}/slow.yaml`, "--socket", rig.socket)).code, 0);
    const { json: run } = await ask("POST", "/jobs/slow/trigger");
    await writeFile(`${rig.folder}/slow.yaml`, job("new"));
    const refused = await rig.cli("jobs", "put", `${rig.folder}/slow.yaml`, "--socket", rig.socket);
    assert.equal(refused.code, 1, refused.out);
    assert.match(
      refused.err,
      /it was not taken over, and the file is as it was before: the settings of .* changed while/,
    );
    assert.equal(await readFile(`${folder}/slow.yaml`, "utf8"), job("old"));
    assert.deepEqual(await readdir(folder), ["slow.yaml"]);
    await writeFile(`${rig.folder}/go`, "");
    await until("it ends", async () => (await ask("GET", `/runs/${run.run_id}`)).json.state === "available");
    const put = await rig.cli("jobs", "put", `${rig.folder}/slow.yaml`, "--socket", rig.socket);
    assert.equal(put.code, 0, put.err);
    await server.kill("SIGTERM");
  },
);

programTest(
  "a kill -9 in the middle of an edit leaves the whole file of before or after, and both start",
  async (rig) => {
    let { server, ask, folder } = await serving(rig);
    for (let round = 0; round < 6; round++) {
      const name = `job-${round}`;
      const asked = ask("PUT", `/jobs/${name}`, { ...SETTINGS, grace_time: `${round + 1}h` }).catch(() =>
        undefined
      );
      // A little later each time: before, within and after the write and the reload.
      if (round > 0) {
        await until("a moment passes", () => new Promise((done) => setTimeout(() => done(true), round * 6)));
      }
      await server.kill("SIGKILL");
      const answered = await asked;
      server = await rig.server();
      ask = asking(server);
      const there = (await readdir(folder)).filter((file) => file.endsWith(".yaml")).map((file) =>
        file.slice(0, -5)
      );
      assert.deepEqual((await managed(ask)).filter((job) => job !== "hand"), there.toSorted());
      if (answered?.status === 201) assert.ok(there.includes(name), "what was acknowledged is there");
      const again = await ask("PUT", `/jobs/${name}`, { ...SETTINGS, grace_time: `${round + 1}h` });
      assert.ok([200, 201].includes(again.status), JSON.stringify(again.json));
    }
  },
);
