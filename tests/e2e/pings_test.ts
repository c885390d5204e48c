// A dead man's switch beside the real program: told of runs and of the program itself, whatever it does; no backup waits for
// it or fails for it.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { startCheckReceiver } from "../support/check_receiver.ts";
import { programTest, until } from "../support/program.ts";

const NEVER = "0 0 0 29 2 *";

const yaml = (ping: string, create: string, more = "") =>
  `${more}defaults: { schedule: "${NEVER}", retry: off }
jobs:
  - name: db
    ping: ${ping}
    provider:
      poll_interval: 100ms
      command:
        create: ${JSON.stringify(["sh", "-c", create])}
        delete: ["true"]
`;

programTest(
  "a check is told of start, success and failure with the provider's words, and that Schelly lives",
  async (rig) => {
    await using receiver = await startCheckReceiver();
    await using hears = await startCheckReceiver();
    await writeFile(`${rig.folder}/check`, `${receiver.url}\n`);
    const server = await rig.server({
      yaml: yaml(
        "{ url_file: check }",
        "[ ! -e broken ] || { echo the disk is on fire >&2; exit 3; }",
        `heartbeat: { url: "${hears.url}", every: 10s }\n`,
      ),
    });
    await until("the heartbeat", () => hears.pings.length === 1);
    assert.deepEqual(hears.pings[0], {
      method: "POST",
      check: hears.pings[0]!.check,
      signal: "success",
      rid: null,
      body: "",
    });

    const { run_id } = await server.backup("db");
    await until("the success", () => receiver.pings.length === 2);
    assert.deepEqual(receiver.pings.map(({ signal, rid }) => [signal, rid]), [["start", run_id], [
      "success",
      run_id,
    ]]);

    await writeFile(`${rig.folder}/broken`, "");
    const { body } = await server.post("/jobs/db/trigger");
    await until("the failure", () => receiver.pings.length === 4);
    const failed = receiver.pings[3]!;
    assert.deepEqual([failed.signal, failed.rid], ["fail", body.run_id]);
    assert.match(
      failed.body,
      /Backup '.*' of job 'db' failed: .*exit code 3.*\n\n(.*\n)*the disk is on fire/,
    );

    const shown = [
      server.child.err,
      JSON.stringify(await server.get("/jobs/db")),
      await rig.cli("config", "show"),
    ];
    assert.doesNotMatch(JSON.stringify(shown), /5f8b1a52-3a1e/);
    const path = new URL(receiver.url).pathname;
    assert.doesNotMatch(JSON.stringify(await server.get("/events?limit=1000")), new RegExp(path));
  },
);

for (
  const manner of ["hangs", { status: 302, headers: { location: "/" } }] as const
) {
  const what = typeof manner === "string" ? manner : `answers ${manner.status}`;
  programTest(`a check that ${what} costs a backup nothing, and one event tells of it`, async (rig) => {
    await using receiver = await startCheckReceiver(manner);
    const server = await rig.server({ yaml: yaml(`{ url: "${receiver.url}" }`, ":") });
    const begun = performance.now();
    await server.backup("db");
    assert.ok(performance.now() - begun < 25_000, "it waits for no ping, which takes 36 s");
    await server.backup("db");
    const told = () => server.get<any[]>("/events?type=ping.failed&limit=10");
    await until("it is told", async () => (await told()).length > 0, 60_000);
    const events = await told();
    assert.equal(events.length, 1);
    assert.match(events[0].message, /^The ping '(start|success)' of job 'db' was not taken: /);
    assert.doesNotMatch(JSON.stringify(events), /5f8b1a52/);
  });
}
