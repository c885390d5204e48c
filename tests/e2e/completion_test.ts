// Names and ids of the running program, completed in real shells; without it, silence.

import assert from "node:assert/strict";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { inShell, SHELLS } from "../support/completion_shells.ts";
import { PROGRAM, programTest, until } from "../support/program.ts";
import { requireTool } from "../support/require_tool.ts";

const job = (name: string, folder: string) =>
  `  - { name: ${name}, schedule: "0 0 0 29 2 *", retention: { secondly: 9 }, provider: { poll_interval: 100ms, ` +
  `command: { create: [touch, ${folder}/x], delete: ["true"] } } }\n`;

programTest(
  "shells complete jobs, backups and runs of the running server, and nothing without one",
  async (rig) => {
    const bin = `${rig.folder}/bin`;
    await mkdir(bin);
    await writeFile(
      `${bin}/schelly`,
      `#!/bin/sh\nexec ${PROGRAM.map((word) => `'${word}'`).join(" ")} "$@"\n`,
    );
    await chmod(`${bin}/schelly`, 0o755);
    const server = await rig.server({
      yaml: `jobs:\n${job("files", rig.folder)}${job("photos", rig.folder)}`,
    });
    const made = [await server.backup("files"), await server.backup("files")];
    const newestFirst = made.map(({ id }) => id).reverse();
    const env = { PATH: `${bin}:${Deno.env.get("PATH")}` };
    for (const [shell, { script }] of Object.entries(SHELLS)) {
      if (requireTool(shell, ["--version"]) !== false) continue;
      const completions = (await rig.cli("completion", shell)).out;
      const offered = async (...words: string[]) =>
        (await inShell(shell, completions, script(words), env)).trim().split("\n");
      const place = ["--socket", rig.socket];
      // A machine that is busy may be too slow for somebody who types.
      const eventually = (what: string, words: string[], wanted: string) =>
        until(`${shell}: ${what}`, async () => (await offered(...words)).join(" ").includes(wanted));
      await eventually("jobs", ["jobs", "pause", ...place, "ph"], "photos");
      await eventually("--job", ["runs", "list", "--config", rig.configFile, "--job", "fi"], "files");
      // A zsh of this script shows the line that comes of it: what all of them begin with, or the first.
      const wanted = shell === "zsh" ? newestFirst[0]!.slice(0, 8) : newestFirst.join(" ");
      await eventually("backups", ["backups", "show", ...place, newestFirst[0]!.slice(0, 4)], wanted);
      await eventually("runs", ["runs", "show", ...place, made[1]!.run_id.slice(0, -1)], made[1]!.run_id);
      const none = await offered("jobs", "pause", "--socket", `${rig.folder}/nowhere.sock`, "ph");
      assert.ok(
        !none.join(" ").includes("photos") && !/schelly:|cannot/i.test(none.join(" ")),
        none.join("\n"),
      );
    }
  },
);
