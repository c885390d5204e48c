// The world of the chaos test: one job over HTTP, one of commands and one of restic, and what is true of each storage,
// read from the storages themselves.

import { appendFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import type { Rig } from "../support/program.ts";
import { makeQuickRepository, QUICK_PASSWORD } from "../support/quick_repository.ts";

/** How many of the newest each job keeps. */
export const KEEP = 4;

export const JOBS = ["http", "files", "home"] as const;

/** Where everything lies below the folder of one test. */
export function placesOf(folder: string) {
  return {
    store: `${folder}/store`,
    hooks: `${folder}/hooks.log`,
    deletes: `${folder}/deletes.log`,
    repository: `${folder}/repository`,
    source: `${folder}/source`,
  };
}

/** Makes the folders, a source that changes, and an empty repository where there is restic. */
export async function prepareStorages(rig: Rig, hasRestic: boolean): Promise<void> {
  const places = placesOf(rig.folder);
  await mkdir(places.store);
  await mkdir(places.source);
  for (const log of [places.hooks, places.deletes]) await appendFile(log, "");
  await changeSource(rig.folder, 0);
  if (hasRestic) await makeQuickRepository(places.repository, "first");
}

/** What is to be backed up becomes something else, so that snapshots differ. */
export async function changeSource(folder: string, round: number): Promise<void> {
  await writeFile(`${placesOf(folder).source}/file`, `round ${round}\n`.repeat(5_000));
}

/** The configuration; `extra` is an edit without any effect on backups. */
export function configurationOf(folder: string, url: string, hasRestic: boolean, extra: number): string {
  const { store, hooks, deletes, repository, source } = placesOf(folder);
  const common = `retention: { secondly: ${KEEP}, min_age: ${extra % 2}s, guard: { max_percent: 100, ` +
    "policy_change_hold: 0s } }";
  // Not whole before it is renamed; a deletion is written down before it takes place.
  const create = `sleep 0.$((RANDOM % 9)); echo data > ${store}/$SCHELLY_BACKUP_ID.part; sleep 0.2; ` +
    `mv ${store}/$SCHELLY_BACKUP_ID.part ${store}/$SCHELLY_BACKUP_ID.done`;
  const remove = `echo $SCHELLY_BACKUP_ID >> ${deletes}; ` +
    `rm -f ${store}/$SCHELLY_BACKUP_ID.part ${store}/$SCHELLY_BACKUP_ID.done`;
  const list =
    `for f in ${store}/*.done; do [ -e $f ] && printf '{"id":"%s"}\\n' $(basename $f .done); done; true`;
  const home = `  - name: home
    schedule: "*/15 * * * * *"
    ${common}
    provider:
      poll_interval: 200ms
      restic: { repository: ${repository}, password: ${QUICK_PASSWORD}, paths: [${source}], lock_wait: 2s }
`;
  return `jobs:
  - name: http
    schedule: "*/2 * * * * *"
    ${common}
    retry_interval: 100ms
    provider: { url: "${url}", poll_interval: 100ms, timeout: { create: 2s, get: 2s, delete: 2s } }
  - name: files
    schedule: "*/4 * * * * *"
    ${common}
    provider:
      poll_interval: 100ms
      command:
        pre: [sh, -c, "echo pre $SCHELLY_BACKUP_ID >> ${hooks}"]
        post: [sh, -c, "echo post $SCHELLY_BACKUP_ID >> ${hooks}"]
        create: [bash, -c, ${JSON.stringify(create)}]
        delete: [sh, -c, ${JSON.stringify(remove)}]
        list: [sh, -c, ${JSON.stringify(list)}]
${hasRestic ? home : ""}`;
}

/** Ids of the command's backups that are whole. */
export async function filesThere(folder: string): Promise<Set<string>> {
  const names = await readdir(placesOf(folder).store);
  return new Set(
    names.filter((name) => name.endsWith(".done")).map((name) => name.slice(0, -".done".length)),
  );
}

/** Ids of restic's backups that are whole, as the repository's own tags tell. */
export async function snapshotsThere(rig: Rig): Promise<Set<string>> {
  const { repository } = placesOf(rig.folder);
  if (!existsSync(repository)) return new Set();
  const env = { RESTIC_PASSWORD: QUICK_PASSWORD, RESTIC_REPOSITORY: repository };
  const text = await rig.tool(["restic", "snapshots", "--json", "--no-lock"], env);
  const snapshots = JSON.parse(text) as { tags?: string[] }[];
  return new Set(
    snapshots.flatMap(({ tags = [] }) =>
      tags.filter((tag) => tag.startsWith("backup:")).map((tag) => tag.slice("backup:".length))
    ),
  );
}

/** How often the hooks of each backup ran. */
export async function hooksRun(folder: string): Promise<Map<string, { pre: number; post: number }>> {
  const runs = new Map<string, { pre: number; post: number }>();
  for (const line of (await readFile(placesOf(folder).hooks, "utf8")).split("\n")) {
    const [which, id] = line.split(" ");
    if (id === undefined || (which !== "pre" && which !== "post")) continue;
    const known = runs.get(id) ?? { pre: 0, post: 0 };
    known[which]++;
    runs.set(id, known);
  }
  return runs;
}

/** How many deletions of the command's backups were begun. */
export async function deletionsBegun(folder: string): Promise<number> {
  return (await readFile(placesOf(folder).deletes, "utf8")).split("\n").length - 1;
}
