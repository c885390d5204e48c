// The examples that back up databases, with real servers on sockets of their own and the real program: each has a server
// take its backup to prove it, finds a damaged one, and restores into another server, row for row.

import { exampleTest, flip } from "../support/example_program.ts";
import { requireTool } from "../support/require_tool.ts";

exampleTest({
  tool: "sqlite",
  job: "app",
  skip: requireTool("sqlite3", ["--version"]) || requireTool("python3", ["--version"]),
  env: ({ source, store }) => ({ DATABASE: `${source}/app.db`, STORE: store }),
  async change({ rig, env }, round) {
    const rows =
      `WITH RECURSIVE n(n) AS (SELECT 1 UNION SELECT n + 1 FROM n WHERE n < 2000) SELECT n, hex(n) FROM n`;
    const sql =
      `CREATE TABLE IF NOT EXISTS notes(n, t); INSERT INTO notes ${rows}; INSERT INTO notes VALUES (${round}, '')`;
    await rig.tool(["sqlite3", env.DATABASE!, `PRAGMA journal_mode=WAL; ${sql}`]);
  },
  look: ({ rig, env }) => rig.tool(["sqlite3", env.DATABASE!, ".dump"]),
  restored: ({ rig }, folder) => rig.tool(["sqlite3", `${folder}/app.db`, ".dump"]),
  damage: ({ store }, { id }) => flip(`${store}/${id}.db`),
  says: {
    whole: /can be restored: 1 tables restored, integrity_check says ok/,
    damaged: /app\.db: .*(malformed|Tree|Page|SHA-256)/,
  },
  paths: () => ({ folder: "", file: "app.db" }),
});
