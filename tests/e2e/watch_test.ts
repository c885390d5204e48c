// What is watched on the real program: over a restart of its server, until Ctrl-C.

import assert from "node:assert/strict";
import { PROGRAM, programTest, type Rig } from "../support/program.ts";

const YAML = `jobs:
  - name: files
    schedule: "0 0 0 29 2 *"
    retention: { secondly: 9 }
    provider: { command: { create: ["true"], delete: ["true"] }, poll_interval: 100ms }
`;

function watching(rig: Rig, ...args: string[]) {
  return rig.spawn("watch", [...PROGRAM, ...args, "--socket", rig.socket]);
}

programTest(
  "status --watch and jobs logs --follow outlive a restart of the server, and end by Ctrl-C",
  async (rig) => {
    const server = await rig.server({ yaml: YAML });
    const status = watching(rig, "status", "--watch", "--interval", "500ms");
    const logs = watching(rig, "jobs", "logs", "files", "--follow");
    await status.said("out", /^20\S+Z\n1 job: 1 not due yet\n/);
    await server.backup("files");
    await logs.said("out", /^20\S+Z Backup '.*' of job 'files' is available$/m);
    await status.said("out", /\n\n20\S+Z\n1 job: 1 ok\n/);

    await server.kill("SIGTERM");
    await status.said("err", /Cannot reach .*; trying again\./);
    await logs.said("err", /trying again in \d+ s/);
    await rig.server();
    await status.said("err", /The server answers again\./);
    await rig.ask("jobs", "pause", "files");
    await status.said("out", /1 job: 1 paused/);
    await logs.said("out", /Z .*paused/);

    const ended = await Promise.all([status.kill("SIGINT"), logs.kill("SIGINT")]);
    assert.deepEqual(ended.map(({ code }) => code), [130, 130]);
  },
);

programTest("what follows ends once nobody reads it any more", async (rig) => {
  const server = await rig.server({ yaml: YAML });
  const words = [...PROGRAM, "events", "--follow", "--socket", rig.socket];
  const piped = rig.spawn("piped", ["sh", "-c", `"$@" | head -n 1`, "sh", ...words]);
  await piped.said("out", /^20\S+Z /);
  // Only a line that nobody takes shows that the reader has gone.
  await server.backup("files");
  await server.backup("files");
  assert.equal((await piped.end()).code, 0);
});
