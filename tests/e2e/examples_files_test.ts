// The examples that back up folders, with the real tools and the real program: each proves its backups, finds one that was
// damaged, and restores it byte for byte.

import assert from "node:assert/strict";
import { chmod, cp, mkdir, readdir, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import {
  contentsOf,
  type Example,
  EXAMPLES,
  exampleTest,
  flip,
  type World,
} from "../support/example_program.ts";
import { programTest } from "../support/program.ts";
import { makeQuickRepository, QUICK_PASSWORD } from "../support/quick_repository.ts";
import { requireTool } from "../support/require_tool.ts";

const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));

async function change({ source }: World, round: number): Promise<void> {
  if (round === 1) {
    await mkdir(`${source}/sub folder/deep`, { recursive: true });
    await writeFile(`${source}/same`, "never changed\n".repeat(5_000));
    await writeFile(`${source}/sub folder/deep/[a] *name? 'of' all "sorts"`, "of things");
    await symlink("/etc", `${source}/sub folder/link`);
  }
  await writeFile(`${source}/sub folder/diary`, random(30_000 + round));
}

const FOLDER = {
  job: "files",
  env: ({ source, store }) => ({ SOURCE: source, STORE: store }),
  change,
  look: ({ source }) => contentsOf(source),
  restored: (_world, folder) => contentsOf(folder),
  paths: () => ({ folder: "sub folder", file: "sub folder/diary" }),
} satisfies Partial<Example>;

exampleTest({
  ...FOLDER,
  tool: "tar",
  skip: requireTool("tar", ["--version"]) || requireTool("python3", ["--version"]),
  damage: ({ store }, { id }) => flip(`${store}/${id}.tar.gz`),
  says: {
    whole: /can be restored: the archive was read: 4 files and links/,
    damaged: /gzip: .*(invalid compressed data|unexpected end of file)/,
  },
});

exampleTest({
  ...FOLDER,
  tool: "rsync",
  skip: requireTool("rsync", ["--version"]) || requireTool("python3", ["--version"]),
  damage: ({ store }, { id }) => flip(`${store}/${id}/sub folder/diary`),
  says: {
    whole: /can be restored: 4 files have the bytes they were made with/,
    damaged: /'sub folder\/diary' has other bytes/,
  },
});

const rsync = requireTool("rsync", ["--version"]) || requireTool("python3", ["--version"]);
programTest(
  "what rots in the store of rsync is not taken for right by a later backup that shares it",
  async (rig) => {
    await cp(`${EXAMPLES}rsync`, rig.folder, { recursive: true });
    const [source, store] = [`${rig.folder}/source`, `${rig.folder}/store`];
    await mkdir(source);
    await mkdir(store);
    await writeFile(`${store}/.backup-store`, "");
    await writeFile(`${source}/same`, random(10_000));
    const run = (command: string, id: string) =>
      rig.spawn(command, [`${rig.folder}/rsync.sh`, command], {
        ...{ SOURCE: source, STORE: store, SCHELLY_BACKUP_ID: id },
      }).end();
    for (const id of ["1", "2"]) assert.equal((await run("create", id)).code, 0);
    assert.equal(
      (await stat(`${store}/1/same`)).ino,
      (await stat(`${store}/2/same`)).ino,
      "it takes space once",
    );
    const { atime, mtime } = await stat(`${store}/2/same`);
    await flip(`${store}/2/same`);
    // By size and time rsync takes it for what it was.
    await utimes(`${store}/2/same`, atime, mtime);
    assert.equal((await run("create", "3")).code, 0);
    const found = await run("verify", "3");
    assert.deepEqual([found.code, found.err], [1, "'same' has other bytes\n"]);
    await rm(`${store}/3/same`);
    assert.deepEqual((await run("verify", "3")).err, "'same' is not there\n");
    await rm(`${store}/.digests/3`);
    assert.equal((await run("verify", "3")).code, 75, "nothing is known of it");
  },
  { skip: rsync },
);

/** The largest file below a folder. */
async function largest(folder: string): Promise<string> {
  const sizes: [number, string][] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = `${entry.parentPath}/${entry.name}`;
    if (entry.isFile()) sizes.push([(await stat(path)).size, path]);
  }
  return sizes.sort(([a], [b]) => a - b).at(-1)![1];
}

exampleTest({
  ...FOLDER,
  tool: "borg",
  skip: requireTool("borg", ["--version"]) || requireTool("python3", ["--version"]),
  env: ({ rig, source, store }) => ({
    SOURCE: source,
    BORG_REPO: `${store}/repository`,
    BORG_PASSPHRASE: "secret",
    BORG_BASE_DIR: `${rig.folder}/borg`,
  }),
  prepare: async ({ rig, env }) =>
    void await rig.tool(["borg", "init", "--encryption", "repokey-blake2"], env),
  damage: async ({ store }) => await flip(await largest(`${store}/repository/data/0`)),
  says: {
    whole: /can be restored: every chunk was read and compared, of 7 files and folders/,
    damaged: /[Ii]ntegrity error: .*; the last file that was begun: '/,
  },
});

exampleTest({
  ...FOLDER,
  tool: "restic",
  skip: requireTool("restic") || requireTool("python3", ["--version"]),
  env: ({ rig, source, store }) => ({
    SOURCE: source,
    RESTIC_REPOSITORY: `${store}/repository`,
    RESTIC_PASSWORD: QUICK_PASSWORD,
    RESTIC_CACHE_DIR: `${rig.folder}/cache`,
  }),
  prepare: ({ store }) => makeQuickRepository(`${store}/repository`, "first"),
  lists: false,
  restored: ({ source }, folder) => contentsOf(`${folder}${source}`),
  paths: ({ source }) => ({
    folder: `${source.slice(1)}/sub folder`,
    file: `${source.slice(1)}/sub folder/diary`,
  }),
  async damage({ store }) {
    const pack = await largest(`${store}/repository/data`);
    await chmod(pack, 0o600);
    return await flip(pack, 0.1);
  },
  says: {
    whole: /can be restored: 3 files restored and compared/,
    damaged: /error for \S*\/source\/.*: .*failed/,
  },
});

exampleTest({
  ...FOLDER,
  tool: "docker-volumes",
  job: "volumes",
  skip: requireTool("tar", ["--version"]) || requireTool("python3", ["--version"]),
  env: ({ source, store }) => ({ VOLUMES: source, STORE: store }),
  async change(world, round) {
    const volumes = world.source;
    await mkdir(`${volumes}/mail/_data`, { recursive: true });
    await writeFile(`${volumes}/mail/_data/inbox`, `round ${round}`);
    await writeFile(`${volumes}/metadata.db`, "Docker's own");
    await mkdir(`${volumes}/web/_data`, { recursive: true });
    await change({ ...world, source: `${volumes}/web/_data` }, round);
  },
  look: async ({ source }) =>
    (await contentsOf(source)).split("\n").filter((line) => line.includes("/_data/"))
      .map((line) => line.replace("/_data/", "/")).join("\n"),
  damage: ({ store }, { id }) => flip(`${store}/${id}/web.tar.gz`),
  says: {
    whole: /can be restored: every archive was read: 5 files and links in 2 volumes/,
    damaged: /web\.tar\.gz: FAILED/,
  },
  paths: () => ({ folder: "web/sub folder", file: "web/sub folder/diary" }),
});
