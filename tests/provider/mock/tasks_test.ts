// The mock verifies, restores and shows what lies in its backups, and fails at each as its settings say.
// Also tests contents.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { BASE, createRig, mockOn, played, RESTORE_ROOT } from "../../support/conformance_rig.ts";

/** A mock with one available backup. */
async function mock(settings: Record<string, unknown> = {}, body: unknown = {}) {
  const rig = createRig();
  const serve = await mockOn(rig, { duration: "1s", ...settings });
  const call = async (method: string, path: string, json?: unknown) => {
    const init = json === undefined ? {} : {
      body: JSON.stringify(json),
      headers: { "content-type": "application/json" },
    };
    const answer = await played(rig, serve(new Request(BASE + path, { method, ...init })));
    return { status: answer.status, json: await answer.json().catch(() => undefined) };
  };
  const { json: { id } } = await call("POST", "", body);
  await rig.clock.advance(2_000);
  return { rig, serve, call, id: id as string };
}

async function verified(
  { call, id, rig }: Awaited<ReturnType<typeof mock>>,
  method = "check",
  ms = 5_000,
) {
  assert.equal((await call("POST", `/${id}/verify`, { verification_id: "v1", method })).status, 202);
  await rig.clock.advance(ms);
  return (await call("GET", `/${id}`)).json.verification;
}

async function restored({ call, id, rig }: Awaited<ReturnType<typeof mock>>, more = {}, ms = 5_000) {
  const target = `${RESTORE_ROOT}/one`;
  const begun = await call("POST", `/${id}/restore`, { operation_id: "o1", target, ...more });
  if (begun.status !== 202) return begun.json;
  await rig.clock.advance(ms);
  return (await call("GET", "/operations/o1")).json;
}

test("a mock's verification passes, finds damage, hangs or finds nothing out as it is told", async () => {
  const { state, method, files } = await verified(await mock(), "restore");
  assert.deepEqual([state, method, files], ["passed", "restore", 10]);
  const damaged = await verified(await mock({ damaged_rate: 1 }));
  assert.deepEqual([damaged.state, damaged.message], ["failed", "data/part-05.txt: its digest is wrong"]);
  assert.equal((await verified(await mock({}, { damaged: true }))).state, "failed");
  assert.equal((await verified(await mock({ inconclusive_rate: 1 }))).state, "inconclusive");
  const hanging = await mock({ verify_hang_rate: 1 });
  assert.equal((await verified(hanging, "check", 3_600_000)).state, "running");
  const ended = await hanging.call("DELETE", `/${hanging.id}/verify?verification_id=v1`);
  assert.equal(ended.status, 200);
  const last = (await hanging.call("GET", `/${hanging.id}`)).json.verification;
  assert.deepEqual([last.state, last.message], ["inconclusive", "it was cancelled"]);
});

test("a mock's restore writes its files below its folders, or breaks off half way with some of them there", async () => {
  const whole = await mock();
  assert.deepEqual((await restored(whole)).state, "done");
  const files = whole.rig.files;
  assert.match(await files.readText(`${RESTORE_ROOT}/one/readme.txt`), /^readme\.txt of the mock's backup/);
  assert.equal((await files.list(`${RESTORE_ROOT}/one/data`)).length, 9);

  const part = await mock();
  assert.equal((await restored(part, { include: ["data/part-02.txt"] })).files, 1);
  assert.deepEqual(await part.rig.files.list(`${RESTORE_ROOT}/one/data`), ["part-02.txt"]);
  const dry = await mock();
  assert.equal((await restored(dry, { dry_run: true })).files, 10);
  assert.equal(await dry.rig.files.info(`${RESTORE_ROOT}/one`), undefined);

  const failing = await mock({ restore_fail_rate: 1 });
  const { state, message } = await restored(failing);
  assert.equal(state, "failed");
  assert.match(message, /break off half way; what was restored until then is in '\/restored\/one'/);
  assert.equal((await failing.rig.files.list(`${RESTORE_ROOT}/one/data`)).length, 5);
  assert.match(
    (await restored(await mock({ damaged_rate: 1 }))).message,
    /part-05\.txt: its digest is wrong/,
  );
  assert.equal((await restored(await mock({ restore_hang_rate: 1 }), {}, 3_600_000)).state, "running");
  assert.match((await restored(await mock(), { target: "/elsewhere" })).error, /the folders that are named/);
  assert.match((await restored(await mock(), { include: ["none"] })).message, /has no path 'none'/);
});

test("a mock's backup is looked into a page at a time, and not deleted while it is restored", async () => {
  const { call, id, rig } = await mock();
  const page = async (query: string) => (await call("GET", `/${id}/files?${query}`)).json;
  const root = await page("");
  assert.deepEqual(root.entries.map(({ path, type }: Record<string, string>) => [path, type]), [
    ["data", "folder"],
    ["readme.txt", "file"],
  ]);
  const first = await page("path=data&limit=4");
  assert.deepEqual([first.entries.length, first.next], [4, "data/part-04.txt"]);
  const second = await page(`path=data&limit=8&after=${encodeURIComponent(first.next)}`);
  assert.deepEqual([second.entries[0].path, second.entries.length, second.next], [
    "data/part-05.txt",
    5,
    undefined,
  ]);
  assert.equal((await call("GET", `/${id}/files?path=none`)).status, 404);

  await call("POST", `/${id}/restore`, { operation_id: "o1", target: `${RESTORE_ROOT}/one` });
  assert.equal((await call("DELETE", `/${id}`)).status, 503);
  await rig.clock.advance(5_000);
  assert.equal((await call("DELETE", `/${id}`)).status, 200);
});

test("a mock without the extensions, or without folders to restore into, says that it has none", async () => {
  const { call, id } = await mock({ extensions: "list" });
  assert.equal((await call("POST", `/${id}/verify`, { verification_id: "v", method: "check" })).status, 405);
  assert.equal((await call("POST", `/${id}/restore`, { operation_id: "o", target: "/x" })).status, 405);
  assert.equal((await call("GET", `/${id}/files`)).status, 405);
  assert.equal((await call("GET", "/operations/o")).status, 405);
});
