// What `schelly init` writes serves the commands that Schelly recommends: a server is started with it as it stands, and
// looked into, changed and backed up by from the same folder.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { PROGRAM, programTest } from "../support/program.ts";
import { requireTool } from "../support/require_tool.ts";

programTest("the commands for a failed backup work with the file that init wrote", async (rig) => {
  await writeFile(`${rig.folder}/note`, "worth keeping");
  const made = await rig.cli("init", "--path", "note", "--repository", "restic", "--name", "notes");
  assert.equal(made.code, 0, made.err);
  // Any port will do: commands find the server by its socket alone.
  const env = { SCHELLY_LISTEN: "127.0.0.1:0" };
  const server = rig.spawn("schelly run", [...PROGRAM, "run"], env);
  await server.said("err", /Listening on http/);
  const backup = await rig.cliWith(env, "jobs", "trigger", "notes", "--wait");
  assert.equal(backup.code, 0, backup.err);
  for (const command of ["jobs check notes", "retention approve notes --yes", "reload", "jobs pause notes"]) {
    const { code, out, err } = await rig.cliWith(env, ...command.split(" "));
    assert.equal(code, 0, `${command}: ${out}${err}`);
  }
}, { skip: requireTool("restic") });
