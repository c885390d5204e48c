// What deploy/examples/README.md says to paste works as it stands, in an empty folder, by whoever has never used Schelly.

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { codeBlocks } from "../support/markdown.ts";
import { type Ended, PROGRAM, programTest, type Rig } from "../support/program.ts";
import { requireTool } from "../support/require_tool.ts";

const PROJECT = fileURLToPath(new URL("../../", import.meta.url));
const BLOCKS = codeBlocks(readFileSync(`${PROJECT}deploy/examples/README.md`, "utf8"))
  .filter(({ language }) => language === "sh").map(({ text }) => text);
const COMMON = BLOCKS.find((text) => text.includes("schelly run"))!;
const preparing = (tool: string) => BLOCKS.find((text) => text.includes(`deploy/examples/${tool}/. .`))!;

/** What each example needs; `kept`: what is found in what was restored. */
const TOOLS: Record<string, { skip: string | false; kept: string }> = {
  tar: { skip: requireTool("tar", ["--version"]), kept: "runbook.md" },
  rsync: { skip: requireTool("rsync", ["--version"]), kept: "runbook.md" },
  borg: { skip: requireTool("borg", ["--version"]), kept: "runbook.md" },
  restic: { skip: requireTool("restic"), kept: "runbook.md" },
  "docker-volumes": { skip: requireTool("tar", ["--version"]), kept: "runbook.md" },
  sqlite: { skip: requireTool("sqlite3", ["--version"]), kept: "app.db" },
  redis: { skip: requireTool("redis-server", ["--version"]), kept: "dump.rdb" },
};
/** Their servers are made by the tests of the databases. */
const OF_SERVERS = ["mariadb", "postgres"];

for (const [tool, { skip, kept }] of Object.entries(TOOLS)) {
  programTest(`the recipe for ${tool} works as pasted`, async (rig) => {
    const { code, out, err } = await paste(rig, [preparing(tool), COMMON]);
    assert.equal(code, 0, `${out}\n${err}`);
    assert.match(out, /^All is well\.$/m);
    assert.match(err, /can be restored/);
    const found = await rig.tool(["find", `${rig.folder}/try/restored`, "-name", kept]);
    assert.notEqual(found, "", "it is restored");
  }, { skip: skip || requireTool("python3", ["--version"]) });
}

test("every example is prepared by some block", () => {
  const table = readFileSync(`${PROJECT}deploy/examples/README.md`, "utf8").matchAll(/^\| \[`([a-z-]+)`\]/gm);
  const missing = [...table].map(([, tool]) => tool!).filter((tool) =>
    preparing(tool) === undefined && !(OF_SERVERS.includes(tool) && preparing("postgres") !== undefined)
  );
  assert.deepEqual(missing, []);
});

/** Runs the blocks in one shell, in an empty folder; what they have started ends with it. */
async function paste(rig: Rig, blocks: readonly string[]): Promise<Ended> {
  const [tools, folder] = [`${rig.folder}/tools`, `${rig.folder}/try`];
  await mkdir(tools);
  await mkdir(folder);
  const program = PROGRAM.map((word) => `'${word}'`).join(" ");
  await writeFile(`${tools}/schelly`, `#!/bin/sh\nexec ${program} "$@"\n`, { mode: 0o755 });
  const script = `set -e -o pipefail
cd '${folder}'
trap 'kill $(jobs -p) 2>/dev/null; [ ! -e redis.sock ] || redis-cli -s "$PWD/redis.sock" shutdown nosave >/dev/null 2>&1; ' EXIT
${blocks.join("\n")}`;
  return await rig.spawn("a newcomer", ["timeout", "300", "bash", "-mc", script], {
    PATH: `${tools}:${Deno.env.get("PATH")}`,
    PROJECT,
    HOME: folder,
  }).ended;
}
