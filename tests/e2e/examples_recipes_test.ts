// What deploy/examples/README.md says to paste works as it stands, in an empty folder, by whoever has never used Schelly.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { codeBlocks } from "../support/markdown.ts";
import { paste } from "../support/paste.ts";
import { programTest } from "../support/program.ts";
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
