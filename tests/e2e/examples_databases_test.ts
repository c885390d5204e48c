// The examples that back up databases, with real servers on sockets of their own and the real program: each has a server
// take its backup to prove it, finds a damaged one, and restores into another server, row for row.

import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { exampleTest, flip } from "../support/example_program.ts";
import { type Rig, until } from "../support/program.ts";
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

/** A Redis on a socket of its own, which reads `folder` when it starts. */
async function redis(rig: Rig, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const socket = `${folder}/redis.sock`;
  const quiet = ["--port", "0", "--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0"];
  rig.spawn("redis", ["redis-server", ...quiet, "--unixsocket", socket, "--dir", folder]);
  await until("Redis answers", async () => {
    return existsSync(socket) && /PONG/.test(await rig.tool(["redis-cli", "-s", socket, "PING"]));
  });
  return socket;
}

const KEYS = `local found = {}
for db = 0, 3 do
  redis.call('SELECT', db)
  for _, key in ipairs(redis.call('KEYS', '*')) do
    local hex = redis.call('DUMP', key):gsub('.', function(c) return string.format('%02x', c:byte()) end)
    table.insert(found, db .. ' ' .. key .. ' ' .. hex)
  end
end
table.sort(found)
return table.concat(found, '\\n')`;
const keysOf = (rig: Rig, socket: string) => rig.tool(["redis-cli", "-s", socket, "EVAL", KEYS, "0"]);

exampleTest({
  tool: "redis",
  job: "app",
  skip: requireTool("redis-server", ["--version"]) || requireTool("redis-check-rdb", ["--version"]),
  env: ({ source, store }) => ({ REDIS_SOCKET: `${source}/redis.sock`, STORE: store }),
  prepare: async ({ rig, source }) => void await redis(rig, source),
  async change({ rig, env }, round) {
    const cli = (...args: string[]) => rig.tool(["redis-cli", "-s", env.REDIS_SOCKET!, ...args]);
    await cli("SET", "round", `${round}`);
    await cli("-n", "3", "RPUSH", "list", `it's ${round}`, "\u0001\u00ff");
    await cli("SET", "soon over", "", "EX", "1000");
  },
  look: ({ rig, env }) => keysOf(rig, env.REDIS_SOCKET!),
  restored: async ({ rig }, folder) => await keysOf(rig, await redis(rig, folder)),
  damage: ({ store }, { id }) => flip(`${store}/${id}.rdb`, 0.8),
  says: { whole: /can be restored: a server read it and has 3 keys/, damaged: /dump\.rdb: / },
  paths: () => ({ folder: "", file: "dump.rdb" }),
});
