// Restores by the server, asked for over REST, with the real program: below the folders that the configuration names and
// nowhere else, told honestly after a kill -9, and on record in the audit trail and the report.

import assert from "node:assert/strict";
import { mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { freePort, PROGRAM, programTest, type Rig, until } from "../support/program.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";
const AUTH = `auth: { tokens: [{ name: ops, role: admin, token: ${TOKEN} }] }`;

/** A server and what asks it as an admin. */
async function serving(rig: Rig, yaml: string) {
  await rig.configure(yaml, AUTH);
  return await again(rig);
}

async function again(rig: Rig) {
  const server = await rig.server();
  const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(server.url + path, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json", ...headers },
      ...init,
    });
    return { status: answer.status, json: await answer.json() };
  };
  const ended = (operation: string) =>
    until(`restore ${operation} ends`, async () => {
      const { json } = await ask("GET", `/operations/${operation}`);
      return json.state === "running" ? undefined : json;
    });
  return { server, ask, ended };
}

async function triggered(rig: Rig, job: string): Promise<string> {
  const { code, out, err } = await rig.cli("jobs", "trigger", job, "--wait", "--socket", rig.socket);
  assert.equal(code, 0, err);
  return (await rig.ask("runs", "show", out.trim())).id;
}

const commandJob = (rig: Rig) =>
  `jobs:
  - name: files
    schedule: "0 0 0 29 2 *"
    provider:
      command:
        create: { shell: 'mkdir -p store; echo "of $SCHELLY_BACKUP_ID" > "store/$SCHELLY_BACKUP_ID"' }
        delete: { shell: 'rm "store/$SCHELLY_BACKUP_ID"' }
        restore: { shell: 'case "$SCHELLY_INCLUDE" in none) exit 3;; esac; [ ! -e slow ] || { echo $$ > begun; while [ ! -e go ]; do sleep 0.1; done; }; cp "store/$SCHELLY_BACKUP_ID" "$SCHELLY_TARGET/a"' }
        cwd: ${rig.folder}
      poll_interval: 100ms
restore: { roots: [restored] }
`;

programTest("the server restores below restore.roots alone, and says of each refusal why", async (rig) => {
  const root = `${rig.folder}/restored`;
  await mkdir(`${root}/full`, { recursive: true });
  await mkdir(`${rig.folder}/elsewhere`);
  await writeFile(`${root}/full/there`, "already");
  await symlink(`${rig.folder}/elsewhere`, `${root}/out`);
  const { ask, ended } = await serving(rig, commandJob(rig));
  const id = await triggered(rig, "files");
  const restore = (target: string, more = {}) => ask("POST", `/backups/${id}/restore`, { target, ...more });

  for (
    const [target, says] of [
      [`${rig.folder}/elsewhere/a`, /restores into the folders that are named to it alone: '.*\/restored'/],
      [`${root}/out`, /it is a link to '.*\/elsewhere'/],
      [`${root}/out/a`, /\(it is really '.*\/elsewhere\/a'\)/],
      [`${root}/../elsewhere/b`, /a path without '\.\.'/],
      [`${root}/full`, /it is not empty/],
      [`${root}/full/there`, /there is something, and no folder/],
    ] as const
  ) {
    const { status, json } = await restore(target);
    assert.equal(status, 422, JSON.stringify(json));
    assert.match(json.detail, says);
  }
  assert.equal((await ask("POST", "/backups/none/restore", { target: `${root}/a` })).status, 404);
  assert.deepEqual(await readdir(`${rig.folder}/elsewhere`), []);
  assert.deepEqual((await ask("GET", "/operations")).json, [], "what was refused is no restore");

  const key = { "idempotency-key": "once" };
  const begun = await ask("POST", `/backups/${id}/restore`, { target: `${root}/new/a` }, key);
  assert.equal(begun.status, 202, JSON.stringify(begun.json));
  const done = await ended(begun.json.operation_id);
  assert.deepEqual([done.state, done.asked_by, done.target], ["done", "ops", `${root}/new/a`]);
  assert.equal(await readFile(`${root}/new/a/a`, "utf8"), `of ${id}\n`);
  const same = await ask("POST", `/backups/${id}/restore`, { target: `${root}/new/a` }, key);
  assert.deepEqual(same.json, done, "the same key begins nothing more");
  assert.equal((await ask("POST", `/backups/${id}/restore`, { target: `${root}/b` }, key)).status, 422);

  const lacking = await restore(`${root}/c`, { include: ["none"] });
  const failed = await ended(lacking.json.operation_id);
  assert.match(`${failed.state}: ${failed.message}`, /failed: the backup does not have what was asked for/);
  assert.ok(!(await readdir(root)).includes("c"), "a folder that got nothing is not left");

  const told = await rig.ask("report", "--since", "1d");
  assert.equal(told.total.restored, 1);
  const trail = (await ask("GET", "/audit")).json.map(({ type }: { type: string }) => type);
  assert.deepEqual(trail.filter((type: string) => type.startsWith("restore.")).sort(), [
    ...["restore.begun", "restore.begun", "restore.done", "restore.failed"],
  ]);
});

programTest("a restore that a kill -9 cut off is told so after it, and none of it works on", async (rig) => {
  const root = `${rig.folder}/restored`;
  await mkdir(root);
  const { server, ask } = await serving(rig, commandJob(rig));
  const id = await triggered(rig, "files");
  await writeFile(`${rig.folder}/slow`, "");
  const { json } = await ask("POST", `/backups/${id}/restore`, { target: `${root}/a` });
  const pid = await until(
    "the restore works",
    async () => (await readFile(`${rig.folder}/begun`, "utf8").catch(() => "")).trim() || undefined,
  );
  assert.equal((await ask("GET", `/operations/${json.operation_id}`)).json.state, "running");
  await server.child.kill("SIGKILL");

  const { ask: askAgain, ended } = await again(rig);
  const end = await ended(json.operation_id);
  assert.equal(end.state, "failed");
  const kept = /cut off: .*; what was restored until then is in '(.*\/restored\/\.schelly-restore-.*)'/.exec(
    end.message,
  );
  await until(
    "what it had started is gone",
    async () => await stat(`/proc/${pid}`).then(() => false, () => true),
  );
  await writeFile(`${rig.folder}/go`, "");
  assert.deepEqual(await readdir(kept![1]!), []);
  const types = (await askAgain("GET", "/audit")).json.map(({ type }: { type: string }) => type);
  assert.ok(types.includes("restore.begun") && types.includes("restore.failed"), types.join());
});

programTest(
  "a restore at a provider elsewhere goes on over a kill -9 of the server, to its end",
  async (rig) => {
    const root = `${rig.folder}/restored`;
    await mkdir(root);
    const address = `127.0.0.1:${freePort()}`;
    const flags = ["--duration", "100ms", "--restore-duration", "2s", "--restore-root", root];
    const mock = rig.spawn("mock", [...PROGRAM, "provider", "mock", "--listen", address, ...flags]);
    await mock.said("err", /Pretending/);
    const yaml = `jobs:
  - { name: m, schedule: "0 0 0 29 2 *", provider: { url: "http://${address}/backups", poll_interval: 100ms } }
restore: { roots: [${root}] }
`;
    const { server, ask } = await serving(rig, yaml);
    const id = await triggered(rig, "m");
    const files = (await ask("GET", `/backups/${id}/files?path=data&limit=4`)).json;
    assert.deepEqual([files.entries.length, files.next], [4, "data/part-04.txt"]);
    assert.equal((await ask("GET", `/backups/${id}/files?path=no/such`)).status, 404);
    const elsewhere = await ask("POST", `/backups/${id}/restore`, { target: `${rig.folder}/x` });
    assert.match(elsewhere.json.detail, /restore\.roots in the configuration allows '.*\/restored' alone/);

    const { json } = await ask("POST", `/backups/${id}/restore`, { target: `${root}/a` });
    await server.child.kill("SIGKILL");
    const { ask: askAgain, ended } = await again(rig);
    const end = await ended(json.operation_id);
    assert.deepEqual([end.state, end.files], ["done", 10]);
    assert.equal((await readdir(`${root}/a/data`)).length, 9);

    const second = await askAgain("POST", `/backups/${id}/restore`, { target: `${root}/b` });
    assert.equal((await askAgain("POST", `/operations/${second.json.operation_id}/cancel`)).status, 202);
    const cancelled = await ended(second.json.operation_id);
    assert.match(`${cancelled.state}: ${cancelled.message}`, /failed: it was cancelled/);
  },
);

programTest("without restore.roots the server restores nowhere, and says what to do", async (rig) => {
  const { ask } = await serving(rig, commandJob(rig).replace(/^restore: .*\n/m, ""));
  const id = await triggered(rig, "files");
  const { status, json } = await ask("POST", `/backups/${id}/restore`, { target: `${rig.folder}/restored` });
  assert.equal(status, 422);
  assert.match(
    json.detail,
    /restore\.roots .* names no folder .* 'schelly backups restore' restores as whoever/,
  );
});
