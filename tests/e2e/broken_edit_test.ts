// An edit of the configuration that goes wrong, beside a real server that is well: whoever asks this server still can.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { freePort, programTest } from "../support/program.ts";

const JOBS = `jobs:
  - { name: a, schedule: "0 0 0 29 2 *", provider: { command: { create: ["true"], delete: ["true"] } } }
`;

const EDITS: Record<string, string> = {
  "an unknown key": JOBS.replace("provider", "provder"),
  "an open bracket": JOBS.replaceAll("}", ""),
  "a tab": "jobs:\n\t- name: a\n",
  "a variable that is not set here": JOBS.replace('["true"]', '["${NOT_SET_ANYWHERE}"]'),
  "a secret file that is not there": JOBS.replace("command: {", "command: { env_file: { X: /gone },"),
  "nothing": "",
};

programTest("no edit of the configuration takes the commands that ask a server down", async (rig) => {
  const server = (text: string) =>
    `server: { listen: "127.0.0.1:${port}", socket: ${rig.socket} }\n` +
    `state: { url: "file:${rig.folder}/state/schelly.db" }\n${text}`;
  const port = freePort();
  await writeFile(rig.configFile, server(JOBS));
  await rig.server();
  const ask = (...args: string[]) => rig.cli(...args, "--config", rig.configFile);
  for (const [what, text] of Object.entries(EDITS)) {
    await writeFile(rig.configFile, server(text));
    assert.equal((await ask("validate", "config")).code, 3, what);
    const health = await ask("healthcheck");
    assert.deepEqual([health.code, health.out, health.err], [0, "ready\n", ""], what);
    assert.deepEqual((await ask("jobs", "list", "--json")).code, 0, what);
    const reload = await ask("reload");
    assert.equal(reload.code, 3, what);
    assert.match(reload.err, /not reloaded, the configuration of before stays in force/, what);
  }

  // What says where the server is has gone wrong: no command guesses at another, and a container's check looks around.
  await writeFile(rig.configFile, server(JOBS).replace("socket:", "sokcet:").replace("listen:", "listn:"));
  const lost = await ask("jobs", "list");
  assert.equal(lost.code, 3, lost.err);
  assert.match(lost.err, /unknown key 'listn'.*did you mean listen/);
  assert.match(lost.err, /--server URL or SCHELLY_SERVER names one without it/);
  await writeFile(rig.configFile, server(JOBS).replace("listen:", "listn:"));
  assert.deepEqual((await ask("healthcheck")).out, "ready\n");

  // The server answers at its socket only.
  const elsewhere = freePort();
  await writeFile(rig.configFile, server(JOBS).replace(`:${port}"`, `:${elsewhere}"`));
  const halfOpen = await ask("healthcheck");
  assert.deepEqual([halfOpen.code, halfOpen.out], [0, "ready\n"]);
  assert.equal(
    halfOpen.err,
    `The server answers at unix:${rig.socket}, but not at http://127.0.0.1:${elsewhere} (connection refused), ` +
      "where it should listen too.\n",
  );
  assert.deepEqual(JSON.parse((await ask("healthcheck", "--json")).out), {
    ready: true,
    shut: [`http://127.0.0.1:${elsewhere} (connection refused)`],
  });
});
