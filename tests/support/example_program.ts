// Runs an example of deploy/examples as its users do: its folder is copied, the real program makes two backups by its
// configuration, proves them, finds one that was damaged, and restores it.

import assert from "node:assert/strict";
import { cp, mkdir, readdir, readFile, readlink, rename, rmdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Environment, programTest, type Rig, type Server, until } from "./program.ts";

/** Their folder, with a slash. */
export const EXAMPLES = fileURLToPath(new URL("../../deploy/examples/", import.meta.url));

/** One example in its test. */
export interface World {
  rig: Rig;
  /** What is backed up. */
  source: string;
  /** Where the backups are. */
  store: string;
  env: Environment;
}

/** A backup as `GET /runs/…` shows it. */
type Backup = { id: string; run_id: string };

export interface Example {
  /** Its folder in deploy/examples. */
  tool: string;
  job: string;
  skip: string | false;
  env(world: Omit<World, "env">): Environment;
  /** Makes what is backed up, and the place for backups. */
  prepare?(world: World): Promise<void>;
  /** Changes what is backed up. */
  change(world: World, round: number): Promise<void>;
  /** What is there now, as a text to compare. */
  look(world: World): Promise<string>;
  /** What was restored into `folder`, as the same text. */
  restored(world: World, folder: string): Promise<string>;
  /** Damages the backup and answers what fixes it. */
  damage(world: World, backup: Backup): Promise<() => Promise<void>>;
  /** What the verification says of a whole backup, and of that damage. */
  says: { whole: RegExp; damaged: RegExp };
  /** A folder of the backup, and a file in it, for `browse` and `--include`. */
  paths(world: World): { folder: string; file: string };
  /** False where its commands have no `list`. */
  lists?: boolean;
}

/** The test of one example: see above. */
export function exampleTest(is: Example): void {
  const name = `the example ${is.tool} proves its backups, finds damage, and restores`;
  programTest(name, async (rig) => {
    const places = { rig, source: `${rig.folder}/source`, store: `${rig.folder}/store` };
    const world: World = { ...places, env: is.env(places) };
    await mkdir(world.source);
    await mkdir(world.store);
    await writeFile(`${world.store}/.backup-store`, "");
    await is.prepare?.(world);
    await play(is, world);
  }, { skip: is.skip });
}

async function play(is: Example, world: World): Promise<void> {
  const { rig, env } = world;
  await cp(`${EXAMPLES}${is.tool}`, rig.folder, { recursive: true });
  const yaml = await readFile(`${EXAMPLES}${is.tool}/schelly.yaml`, "utf8");
  const quick = yaml.replace("    provider:\n", "    provider:\n      poll_interval: 100ms\n");
  // Both were made on one day.
  await rig.configure(quick.replace("retention: {", "retention: { secondly: 2,"));
  const cli = (...args: string[]) => rig.cliWith(env, ...args, "--config", rig.configFile);
  const valid = await rig.cliWith(env, "validate", "config", rig.configFile);
  assert.equal(valid.code, 0, valid.err);
  const server = await rig.server({ env });
  const check = await rig.cli("jobs", "check", is.job, "--socket", rig.socket);
  assert.equal(check.code, 0, check.out + check.err);

  await is.change(world, 1);
  const first: Backup = await server.backup(is.job);
  const seen = await is.look(world);
  await is.change(world, 2);
  const second: Backup = await server.backup(is.job);
  assert.notEqual(await is.look(world), seen);

  const verify = (id: string) => rig.cli("backups", "verify", id, "--socket", rig.socket);
  const demandWhole = async (id: string) => {
    const { code, err } = await verify(id);
    assert.equal(code, 0, err);
    assert.match(err, is.says.whole);
  };
  await demandWhole(second.id);
  const mend = await is.damage(world, first);
  const found = await verify(first.id);
  assert.equal(found.code, 1, found.err);
  assert.match(found.err, /cannot be restored whole: it is suspect/);
  assert.match(found.err, is.says.damaged);
  await mend();
  // Nothing is known against it any more.
  const fixed = await verify(first.id);
  assert.equal(fixed.code, 0, fixed.err);
  await restores(is, world, { cli, first, seen });

  const listed = async () => {
    const text = await rig.tool([`${rig.folder}/${is.tool}.sh`, "list"], { ...env, SCHELLY_BACKUP_ID: "" });
    return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line).id).sort();
  };
  if (is.lists !== false) assert.deepEqual(await listed(), [first.id, second.id].sort());
  await demandUnsure(is, world, server, () => verify(second.id), second.id);
  const deleted = await rig.cli("backups", "delete", first.id, "--yes", "--socket", rig.socket);
  assert.equal(deleted.code, 0, deleted.err);
  await until(
    "the first is deleted",
    async () => (await server.get(`/runs/${first.run_id}`)).state === "deleted",
  );
  if (is.lists !== false) assert.deepEqual(await listed(), [second.id]);
  await demandWhole(second.id);
}

/** All of the first backup, then one file of it, and nothing where it should not be. */
async function restores(
  is: Example,
  world: World,
  { cli, first, seen }: { cli: Cli; first: Backup; seen: string },
): Promise<void> {
  const { rig } = world;
  const { folder, file } = is.paths(world);
  const all = `${rig.folder}/all`;
  const restored = await cli("backups", "restore", first.id, "--to", all);
  assert.equal(restored.code, 0, restored.err);
  assert.equal(await is.restored(world, all), seen);
  const before = await contentsOf(all);
  const again = await cli("backups", "restore", first.id, "--to", all);
  assert.equal(again.code, 1);
  assert.match(again.err, /it is not empty/);
  assert.equal(await contentsOf(all), before);

  const one = await cli("backups", "restore", first.id, "--to", `${rig.folder}/one`, "--include", file);
  assert.equal(one.code, 0, one.err);
  const line = before.split("\n").find((text) => text.startsWith(`/${file}=`));
  assert.equal(await contentsOf(`${rig.folder}/one`), line);
  const none = await cli(
    "backups",
    "restore",
    first.id,
    "--to",
    `${rig.folder}/none`,
    "--include",
    "no/such",
  );
  assert.equal(none.code, 1, none.out);
  assert.match(none.err, /does not have what was asked for/);
  assert.equal((await readdir(rig.folder)).includes("none"), false);

  const browse = async (path: string) => {
    const shown = await cli("backups", "browse", first.id, path, "--json");
    assert.equal(shown.code, 0, shown.err);
    const entries: { path: string; type: string }[] = JSON.parse(shown.out).entries;
    return entries.map(({ path, type }) => `${type} ${path}`);
  };
  assert.ok((await browse(folder)).includes(`file ${file}`), `${await browse(folder)}`);
  assert.equal((await cli("backups", "browse", first.id, "no/such")).code, 5);
}

type Cli = (...args: string[]) => Promise<{ code: number; out: string; err: string }>;

/** Of a storage that is not mounted nobody says that its backups are damaged or gone, and nothing is made in its place. */
async function demandUnsure(
  { job, tool }: Example,
  { rig, store, env }: World,
  server: Server,
  verify: () => Promise<{ code: number; err: string }>,
  id: string,
): Promise<void> {
  await rename(store, `${rig.folder}/unmounted`);
  await mkdir(store);
  const { code, err } = await verify();
  assert.equal(code, 1);
  assert.match(err, /nothing was found out|Cannot verify/);
  for (const command of ["get", "delete"]) {
    const its = { SCHELLY_BACKUP_ID: id, SCHELLY_DATA_ID: id, SCHELLY_OUTCOME: "available" };
    const said = await rig.spawn(command, [`${rig.folder}/${tool}.sh`, command], { ...env, ...its }).end();
    assert.ok(![0, 3].includes(said.code), `${command} of what is not mounted ended with ${said.code}`);
  }
  const { body } = await server.post(`/jobs/${job}/trigger`);
  await until("the backup fails", async () => (await server.get(`/runs/${body.run_id}`)).state === "failed");
  assert.deepEqual(await readdir(store), []);
  await rmdir(store);
  await rename(`${rig.folder}/unmounted`, store);
  const shown = await server.get(`/backups/${id}`);
  assert.deepEqual([shown.verification, shown.suspect], ["passed", false], JSON.stringify(shown));
}

/** Every file and link of a folder with its content. */
export async function contentsOf(folder: string): Promise<string> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = `${entry.parentPath}/${entry.name}`;
    const name = path.slice(folder.length);
    if (entry.isFile()) found.push(`${name}=${(await readFile(path)).toString("base64")}`);
    if (entry.isSymbolicLink()) found.push(`${name}->${await readlink(path)}`);
  }
  return found.sort().join("\n");
}

/** Turns some bytes of a file at `at`, a share of its length, and answers what fixes it. */
export async function flip(path: string, at = 0.5): Promise<() => Promise<void>> {
  const content = await readFile(path);
  const from = Math.floor(content.length * at);
  await writeFile(path, content.map((byte, index) => index >= from && index < from + 3 ? byte ^ 0x55 : byte));
  return () => writeFile(path, content);
}
