// The examples that back up databases, with real servers on sockets of their own and the real program: each has a server
// take its backup to prove it, finds a damaged one, and restores into another server, row for row.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { EXAMPLES, exampleTest, flip } from "../support/example_program.ts";
import { postgresBin, whyNoPostgres } from "../support/postgres_bin.ts";
import { programTest, type Rig, until } from "../support/program.ts";
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

/** A MariaDB with an empty folder and a socket of its own; its socket. */
async function mariadb(rig: Rig, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const [user, socket] = [`--user=${(await rig.tool(["id", "-un"])).trim()}`, `${folder}/socket`];
  const install = ["--no-defaults", `--datadir=${folder}/data`, "--auth-root-authentication-method=normal"];
  await rig.tool(["mariadb-install-db", ...install, "--skip-test-db", "--skip-name-resolve", user]);
  const options = ["--skip-networking", `--pid-file=${folder}/pid`, "--innodb-flush-log-at-trx-commit=0"];
  rig.spawn("mariadb", [
    MARIADBD,
    "--no-defaults",
    `--datadir=${folder}/data`,
    `--socket=${socket}`,
    user,
    ...options,
  ]);
  await until("MariaDB answers", () => existsSync(socket));
  return socket;
}

const MARIADBD = existsSync("/usr/sbin/mariadbd") ? "/usr/sbin/mariadbd" : "mariadbd";
const asRoot = (socket: string) => ["--no-defaults", `--socket=${socket}`, "--user=root"];

/** All databases and users of it. A grant of PROXY that root has already is told twice once it was given again. */
async function mariadbText(rig: Rig, socket: string): Promise<string> {
  const dump = ["mariadb-dump", ...asRoot(socket), "--skip-comments", "--routines"] as [string, ...string[]];
  const users = await rig.tool([...dump, "--system=users"]);
  const grants = users.split("\n").filter((line) => !line.startsWith("GRANT PROXY"));
  return await rig.tool([...dump, "--databases", "app", "b c"]) + grants.join("\n");
}

exampleTest({
  tool: "mariadb",
  job: "app",
  skip: requireTool(MARIADBD, ["--version"]) || requireTool("mariadb-dump", ["--version"]),
  env: ({ source, store }) => ({ MARIADB_SOCKET: `${source}/socket`, STORE: store }),
  async prepare({ rig, source }) {
    const socket = await mariadb(rig, source);
    const sql = "CREATE DATABASE app; CREATE TABLE app.notes(n int, t blob); CREATE DATABASE `b c`; " +
      "USE `b c`; CREATE TABLE `odd ``name`(n int PRIMARY KEY) SELECT seq AS n FROM seq_1_to_500; " +
      "CREATE USER reader@localhost IDENTIFIED BY 'pw'; GRANT SELECT ON app.* TO reader@localhost; " +
      "CREATE PROCEDURE app.p() SELECT 1";
    await rig.tool(["mariadb", ...asRoot(socket), "--execute", sql]);
  },
  async change({ rig, env }, round) {
    const sql = `INSERT INTO app.notes VALUES (${round}, 'it''s'), (NULL, x'00ff0a')`;
    await rig.tool(["mariadb", ...asRoot(env.MARIADB_SOCKET!), "--execute", sql]);
  },
  look: ({ rig, env }) => mariadbText(rig, env.MARIADB_SOCKET!),
  async restored({ rig, env }, folder) {
    const socket = await mariadb(rig, `${rig.folder}/other`);
    const load = [`${rig.folder}/mariadb.sh`, "load", folder] as [string, ...string[]];
    await rig.tool(load, { ...env, MARIADB_SOCKET: socket });
    return await mariadbText(rig, socket);
  },
  damage: ({ store }, { id }) => flip(`${store}/${id}/databases.sql.gz`),
  says: {
    whole: /can be restored: a server took it: 504 rows in 2 tables, \d+ users/,
    damaged: /databases\.sql\.gz: FAILED/,
  },
  paths: () => ({ folder: "", file: "users.sql.gz" }),
});

const bin = postgresBin();

/** A PostgreSQL with an empty folder and a socket of its own there; it refuses to be root's. */
async function postgres(rig: Rig, folder: string): Promise<void> {
  const isRoot = (await rig.tool(["id", "-u"])).trim() === "0";
  const as = isRoot ? ["runuser", "-u", "postgres", "--"] : [];
  await mkdir(folder, { recursive: true });
  await chmod(rig.folder, 0o755);
  await chmod(folder, 0o777);
  const data = `${folder}/data`;
  const init = [...as, `${bin}/initdb`, "-D", data, "-U", "postgres", "--auth", "trust", "--no-sync"];
  await rig.tool(init as [string, ...string[]]);
  const options = ["listen_addresses=", `unix_socket_directories=${folder}`, "fsync=off"];
  rig.spawn("postgres", [...as, `${bin}/postgres`, "-D", data, ...options.flatMap((one) => ["-c", one])]);
  const ask = ["psql", "-h", folder, "-U", "postgres", "-c", "SELECT 1"];
  await until("PostgreSQL answers", async () => (await rig.spawn("psql", ask).end()).code === 0);
}

/** All databases and roles of it, without what differs each time. */
async function postgresText(rig: Rig, folder: string): Promise<string> {
  const dump = await rig.tool(["pg_dumpall", "-h", folder, "-U", "postgres"]);
  return dump.split("\n").filter((line) => !/^(--|\\restrict|\\unrestrict|$)/.test(line)).join("\n");
}

const noPostgres = requireTool("pg_dump", ["--version"]) || requireTool("python3", ["--version"]) ||
  whyNoPostgres();

programTest(
  "a tablespace of PostgreSQL is proved in a folder of the proof, and not in that of the server",
  async (rig) => {
    const [source, store, scratch] = [`${rig.folder}/source`, `${rig.folder}/store`, `${rig.folder}/scratch`];
    await postgres(rig, source);
    await mkdir(store);
    await writeFile(`${store}/.backup-store`, "");
    await mkdir(scratch);
    await rig.tool(["install", "-d", "-m", "777", `${source}/fast`]);
    const env = {
      PGHOST: source,
      PGUSER: "postgres",
      STORE: store,
      SCHELLY_BACKUP_ID: "1",
      SCHELLY_SCRATCH: scratch,
    };
    const isRoot = (await rig.tool(["id", "-u"])).trim() === "0";
    if (isRoot) await rig.tool(["chown", "postgres", `${source}/fast`]);
    const sql = `CREATE TABLESPACE fast LOCATION '${source}/fast'`;
    for (const one of [sql, "CREATE DATABASE app TABLESPACE fast"]) {
      await rig.tool(["psql", "-d", "postgres", "-c", one], env);
    }
    await rig.tool(["psql", "-d", "app", "-c", "CREATE TABLE notes AS SELECT generate_series(1, 9)"], env);
    await rig.tool([`${EXAMPLES}postgres/postgres.sh`, "create"], env);
    const before = await readdir(`${source}/fast`, { recursive: true });
    const said = await rig.tool([`${EXAMPLES}postgres/postgres.sh`, "verify"], env);
    assert.match(said, /9 rows in 1 tables of 2 databases, 1 roles/);
    assert.deepEqual(await readdir(`${source}/fast`, { recursive: true }), before);
    assert.equal((await readdir(`${scratch}/tablespace1`)).length, 1);
  },
  { skip: noPostgres },
);

exampleTest({
  tool: "postgres",
  job: "app",
  skip: noPostgres,
  env: ({ source, store }) => ({ STORE: store, PGUSER: "postgres", PGHOST: source }),
  async prepare({ rig, source, env }) {
    await postgres(rig, source);
    const sql =
      "CREATE ROLE reader LOGIN PASSWORD 'pw'; CREATE DATABASE app OWNER reader; CREATE DATABASE \"b/c d'\"";
    for (const one of sql.split("; ")) await rig.tool(["psql", "-d", "postgres", "-c", one], env);
    const tables = 'CREATE TABLE notes(n int, t bytea); CREATE TABLE "Odd ""name"(n int PRIMARY KEY); ' +
      'INSERT INTO "Odd ""name" SELECT generate_series(1, 500); GRANT SELECT ON notes TO reader';
    for (const name of ["app", "b/c d'"]) await rig.tool(["psql", "-d", name, "-c", tables], env);
  },
  async change({ rig, env }, round) {
    const sql = `INSERT INTO notes VALUES (${round}, 'it''s'), (NULL, '\\x00ff0a')`;
    await rig.tool(["psql", "-d", "app", "-c", sql], env);
  },
  look: ({ rig, source }) => postgresText(rig, source),
  async restored({ rig, env }, folder) {
    await postgres(rig, `${rig.folder}/other`);
    const load = [`${rig.folder}/postgres.sh`, "load", folder] as [string, ...string[]];
    await rig.tool(load, { ...env, PGHOST: `${rig.folder}/other` });
    return await postgresText(rig, `${rig.folder}/other`);
  },
  damage: ({ store }, { id }) => flip(`${store}/${id}/app.dump`),
  says: {
    whole: /can be restored: a server took it: 1004 rows in 4 tables of 3 databases, 2 roles/,
    damaged: /app\.dump: FAILED/,
  },
  paths: () => ({ folder: "", file: "app.dump" }),
});
