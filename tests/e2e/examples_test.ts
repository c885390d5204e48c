// The examples with the real tools: each is loaded as its users would, makes two backups, restores one byte for byte,
// deletes one without harm to the other, and tells a lost store from a lost backup.

import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rename, rmdir, stat, writeFile } from "node:fs/promises";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadConfig } from "../../src/config/load.ts";
import type { CommandProviderSpec } from "../../src/domain/provider_spec.ts";
import type { BackupInfo } from "../../src/ports/provider.ts";
import type { BackupHost } from "../../src/provider/host/backup_host.ts";
import { createBuiltinProvider, openBackuper } from "../../src/provider/builtin/builtin_provider.ts";
import { createHost } from "../../src/runtime/host.ts";
import { callOf, ended, tempFolder } from "../support/backup_rig.ts";
import { requireTool } from "../support/require_tool.ts";

const host = createHost();
const EXAMPLES = fileURLToPath(new URL("../../deploy/examples/", import.meta.url));

type Env = Record<string, string>;

class Rig {
  readonly source: string;
  readonly store: string;

  constructor(readonly folder: string) {
    this.source = `${folder}/source`;
    this.store = `${folder}/store`;
  }

  /** The example's settings, with the places of this test. */
  async spec(tool: string, env: Env): Promise<CommandProviderSpec> {
    const config = await loadConfig({
      flags: { config: `${EXAMPLES}${tool}/schelly.yaml` },
      env: { ...env, SCHELLY_STATE_URL: `file:${this.folder}/schelly.db` },
      files: host.files,
      now: host.clock.now(),
    });
    assert.deepEqual(config.notes, []);
    assert.equal(config.jobs.length, 1);
    const [spec] = config.providers.values();
    const command = spec as CommandProviderSpec;
    return { ...command, env: { ...env, ...command.env } };
  }

  async open(tool: string, env: Env): Promise<BackupHost> {
    return await createBuiltinProvider(await this.spec(tool, env), host, `${this.folder}/state`);
  }

  async run(argv: [string, ...string[]], env: Env = {}): Promise<string> {
    const result = await host.processes.run({ argv, env, keepBytes: 1e6 });
    assert.equal(result.code, 0, `${argv.join(" ")}: ${result.stderr}`);
    return result.stdout;
  }
}

interface Example {
  tool: string;
  skip: string | false;
  env(rig: Rig): Env;
  /** Makes what is backed up, and the place for backups. */
  prepare?(rig: Rig, env: Env): Promise<void>;
  finish?(rig: Rig): Promise<void>;
  /** Changes what is backed up. */
  change(rig: Rig, env: Env, round: number): Promise<void>;
  /** What is there now, as a text to compare. */
  look(rig: Rig, env: Env): Promise<string>;
  /** What a backup holds, as the same text. */
  restore(rig: Rig, backup: BackupInfo, env: Env): Promise<string>;
  /** What the store shows, without what is in it for good. */
  left(rig: Rig, env: Env): Promise<string[]>;
  list?: boolean;
  /** What its `restore` and `browse` are asked for. */
  paths?: { folder: string; file: string };
}

async function fill(folder: string, round: number): Promise<void> {
  await mkdir(`${folder}/sub folder`, { recursive: true });
  if (round === 1) await writeFile(`${folder}/same`, "never changed\n".repeat(5_000));
  await writeFile(`${folder}/sub folder/diary`, `round ${round}\n`.repeat(2_000 * round));
}

/** Every file of a folder with its content. */
async function contents(folder: string): Promise<string> {
  const files: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = `${entry.parentPath}/${entry.name}`;
    files.push(`${path.slice(folder.length)}=${(await readFile(path)).toString("base64")}`);
  }
  return files.sort().join("\n");
}

const FILES = {
  change: (rig: Rig, _env: Env, round: number) => fill(rig.source, round),
  look: (rig: Rig) => contents(rig.source),
  left: async (rig: Rig) => (await readdir(rig.store)).filter((name) => !name.startsWith(".")),
};

function example({ tool, skip, ...is }: Example): void {
  test(`the example ${tool} makes, restores, finds and deletes`, { skip }, async () => {
    await using folder = await tempFolder();
    const rig = new Rig(folder.path);
    await mkdir(rig.source);
    await mkdir(rig.store);
    if (is.left === FILES.left) await writeFile(`${rig.store}/.backup-store`, "");
    const env = is.env(rig);
    await using _end = { [Symbol.asyncDispose]: async () => await is.finish?.(rig) };
    await is.prepare?.(rig, env);
    await is.change(rig, env, 1);
    await using provider = await rig.open(tool, env);
    const checks = await provider.check();
    assert.deepEqual(checks.filter(({ ok }) => !ok), []);

    const make = async (round: number) => {
      if (round > 1) await is.change(rig, env, round);
      const made = await ended(provider, (await provider.create(callOf(`run-${round}`))).id, 60_000);
      assert.equal(made.state, "available", `${made.message}`);
      assert.ok(made.sizeMb! > 0.0001, `size ${made.sizeMb}`);
      return { made, seen: await is.look(rig, env) };
    };
    const first = await make(1);
    const second = await make(2);
    assert.notEqual(first.seen, second.seen);
    assert.equal(await is.restore(rig, first.made, env), first.seen);
    if (is.paths !== undefined) await restoreAndBrowse(rig, tool, env, first, is.paths);
    if (is.list !== false) {
      const listed = (await provider.list()).map(({ id }) => id).sort();
      assert.deepEqual(listed, [first.made.id, second.made.id].sort());
    }
    assert.equal(await provider.delete(first.made.id, undefined, 1), "deleted");
    assert.equal(await is.restore(rig, second.made, env), second.seen);
    assert.equal((await is.left(rig, env)).length, 1);

    // The store is not mounted: nobody may conclude that the backup is gone.
    await provider[Symbol.asyncDispose]();
    await rename(rig.store, `${rig.folder}/unmounted`);
    await mkdir(rig.store);
    await using later = await rig.open(tool, env);
    await assert.rejects(later.get(second.made.id));
    await assert.rejects(later.delete(second.made.id, undefined, 1));
    const failed = await ended(later, (await later.create(callOf("run-3"))).id, 60_000);
    assert.equal(failed.state, "failed");
    assert.deepEqual(await readdir(rig.store), [], "nothing is made in its place");
    await rmdir(rig.store);
    await rename(`${rig.folder}/unmounted`, rig.store);
    assert.equal((await later.get(second.made.id)).found, "yes");
    assert.equal(await later.delete(second.made.id, undefined, 1), "deleted");
    assert.deepEqual(await is.left(rig, env), []);
  });
}

/** Its own `restore`, of all and of one file, and `browse`. */
async function restoreAndBrowse(
  rig: Rig,
  tool: string,
  env: Env,
  { made, seen }: { made: BackupInfo; seen: string },
  { folder, file }: { folder: string; file: string },
): Promise<void> {
  const { backuper } = openBackuper(await rig.spec(tool, env), host);
  const of = { id: made.id, dataId: made.dataId ?? made.id, signal: new AbortController().signal };
  const restore = async (name: string, include: string[]) => {
    const target = `${rig.folder}/${name}`;
    await mkdir(target);
    await backuper.restore!({
      ...of,
      target,
      include,
      dryRun: false,
      progress() {},
      output() {},
      started() {},
    });
    return target;
  };
  assert.equal(await contents(await restore("whole", [])), seen);
  const one = await contents(await restore("one", [file]));
  assert.equal(one, seen.split("\n").find((line) => line.startsWith(`/${file}=`)));
  await assert.rejects(restore("none", ["no/such"]), /does not have what was asked for/);
  const browse = (path: string) => backuper.browse!({ ...of, path, after: undefined, limit: 100 });
  const { entries } = (await browse(folder))!;
  assert.deepEqual(entries.map(({ path, type }) => [path, type]), [[file, "file"]]);
  assert.ok((await browse(""))!.entries.some(({ path, type }) => path === folder && type === "folder"));
  assert.equal(await browse("no such"), undefined);
}

const places = (rig: Rig): Env => ({ SOURCE: rig.source, STORE: rig.store });

example({
  tool: "tar",
  skip: requireTool("tar", ["--version"]),
  ...FILES,
  env: places,
  async restore(rig, { id }) {
    const target = `${rig.folder}/restored-${id}`;
    await mkdir(target);
    await rig.run(["tar", "-xzf", `${rig.store}/${id}.tar.gz`, "-C", target]);
    return await contents(target);
  },
  paths: { folder: "sub folder", file: "sub folder/diary" },
});

example({
  tool: "rsync",
  skip: requireTool("rsync", ["--version"]),
  ...FILES,
  env: places,
  async restore(rig, { id }) {
    const names = await FILES.left(rig);
    if (names.length === 2) {
      const [a, b] = await Promise.all(names.map((name) => stat(`${rig.store}/${name}/same`)));
      assert.equal(a!.ino, b!.ino, "what did not change takes space once");
    }
    return await contents(`${rig.store}/${id}`);
  },
});

example({
  tool: "borg",
  skip: requireTool("borg", ["--version"]) || requireTool("python3", ["--version"]),
  ...FILES,
  env: (rig) => ({
    SOURCE: rig.source,
    BORG_REPO: rig.store,
    BORG_PASSPHRASE: "secret",
    BORG_BASE_DIR: `${rig.folder}/borg`,
    BORG_RELOCATED_REPO_ACCESS_IS_OK: "yes",
  }),
  prepare: async (rig, env) => void await rig.run(["borg", "init", "--encryption", "repokey-blake2"], env),
  async restore(rig, { id }, env) {
    const target = `${rig.folder}/restored-${id}`;
    await mkdir(target);
    await rig.run(["sh", "-c", `cd '${target}' && borg extract "::$ID"`], { ...env, ID: id });
    return await contents(target);
  },
  left: async (rig, env) =>
    (await rig.run(["borg", "list", "--short"], env)).split("\n").filter((name) => name !== ""),
});

example({
  tool: "sqlite",
  skip: requireTool("sqlite3", ["--version"]),
  env: (rig) => ({ DATABASE: `${rig.source}/app.db`, STORE: rig.store }),
  async change(rig, { DATABASE }, round) {
    const sql = `CREATE TABLE IF NOT EXISTS notes(n); INSERT INTO notes VALUES (${round}), ('it''s');`;
    await rig.run(["sqlite3", DATABASE!, `PRAGMA journal_mode=WAL; ${sql}`]);
  },
  look: (rig, { DATABASE }) => rig.run(["sqlite3", DATABASE!, ".dump"]),
  restore: (rig, { id }) => rig.run(["sqlite3", `${rig.store}/${id}.db`, ".dump"]),
  left: FILES.left,
});

example({
  tool: "restic",
  skip: requireTool("restic") || requireTool("python3", ["--version"]),
  ...FILES,
  list: false,
  env: (rig) => ({
    SOURCE: rig.source,
    RESTIC_REPOSITORY: rig.store,
    RESTIC_PASSWORD: "secret",
    RESTIC_CACHE_DIR: `${rig.folder}/cache`,
  }),
  prepare: async (rig, env) => void await rig.run(["restic", "init"], env),
  async restore(rig, { dataId }, env) {
    const target = `${rig.folder}/restored-${dataId}`;
    await rig.run(["restic", "restore", dataId!, "--target", target], env);
    return await contents(`${target}${rig.source}`);
  },
  left: async (rig, env) =>
    JSON.parse(await rig.run(["restic", "snapshots", "--json", "--no-lock"], env)) ?? [],
});

/** Where PostgreSQL's server programs are; Debian keeps them out of PATH. */
function postgresBin(): string | undefined {
  const versions = existsSync("/usr/lib/postgresql") ? readdirSync("/usr/lib/postgresql") : [];
  const folders = [
    ...(process.env.PATH ?? "").split(":"),
    ...versions.map((one) => `/usr/lib/postgresql/${one}/bin`),
  ];
  return folders.find((folder) => existsSync(`${folder}/initdb`));
}

const bin = postgresBin();

/** PostgreSQL refuses to run as root. */
async function asPostgres(rig: Rig, ...argv: [string, ...string[]]): Promise<string> {
  const isRoot = (await rig.run(["id", "-u"])).trim() === "0";
  return await rig.run(isRoot ? ["runuser", "-u", "postgres", "--", ...argv] : argv);
}

/** The rows of a dump, without its remarks on versions. */
function rowsOf(dump: string): string {
  return /^COPY .*;\n([^]*?)^\\\.$/m.exec(dump)?.[1] ?? "no rows";
}

example({
  tool: "postgres",
  skip: requireTool("pg_dump", ["--version"]) ||
    requireTool(bin === undefined ? "initdb" : `${bin}/initdb`, ["--version"]),
  env: (rig) => ({
    STORE: rig.store,
    PGDATABASE: "postgres",
    PGUSER: "postgres",
    PGHOST: `${rig.folder}/pg`,
  }),
  async prepare(rig) {
    await mkdir(`${rig.folder}/pg`);
    await chmod(rig.folder, 0o755);
    await chmod(`${rig.folder}/pg`, 0o777);
    const data = `${rig.folder}/pg/data`;
    await asPostgres(rig, `${bin}/initdb`, "-D", data, "-U", "postgres", "--auth", "trust", "--no-sync");
    const options = `-c listen_addresses='' -c unix_socket_directories='${rig.folder}/pg' -c fsync=off`;
    await asPostgres(
      rig,
      `${bin}/pg_ctl`,
      "-D",
      data,
      "-w",
      "-l",
      `${rig.folder}/pg/log`,
      "-o",
      options,
      "start",
    );
  },
  finish: async (rig) =>
    void await asPostgres(rig, `${bin}/pg_ctl`, "-D", `${rig.folder}/pg/data`, "-m", "immediate", "stop"),
  async change(rig, env, round) {
    const sql = `CREATE TABLE IF NOT EXISTS notes(n int); INSERT INTO notes VALUES (${round});`;
    await rig.run(["psql", "-q", "-c", sql], env);
  },
  look: (rig, env) => rig.run(["pg_dump", "--data-only", "--table", "notes"], env).then(rowsOf),
  restore: (rig, { id }) =>
    rig.run(["pg_restore", "--file", "-", "--data-only", "--table", "notes", `${rig.store}/${id}.dump`]).then(
      rowsOf,
    ),
  left: FILES.left,
});
