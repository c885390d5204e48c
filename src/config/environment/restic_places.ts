// Where relative paths of restic's settings lead: to the folder of the file they are written in. They once led to where
// Schelly was started, and what was found there alone is still taken from there, with a word; nothing is guessed.

import type { Files } from "../../ports/host.ts";
import type { Report } from "../document/report.ts";
import { formatPath, isMapping, type Mapping, type Path, valueAt } from "../document/tree.ts";
import { resolvePath } from "../../domain/path.ts";

/** Where the relative paths of every `restic` of the document lead. */
export interface ResticPlaces {
  /** The repository at this path of the document: whole where it is a folder of this machine. */
  repositoryAt(path: Path): string;
  /**
   * The folder that restic has to run in, so that the relative paths of the settings at `path` lead to the right place;
   * undefined: they lead there from where Schelly was started, or there are none.
   */
  folderOf(path: Path): string | undefined;
  /** The other folder that relative `paths` of the settings at `path` may mean; undefined: there is none. */
  otherFolderOf(path: Path): string | undefined;
  /** The file or folder at this path of the document: whole where it is another folder than `folderOf` that it leads from. */
  fileAt(path: Path): string;
}

interface PlacesRequest {
  root: Mapping;
  files: Pick<Files, "info">;
  /** The folder of the file. */
  base: string;
  /** Where Schelly was started. */
  working: string;
}

/** Looks at both folders where they are two. */
export async function findResticPlaces(request: PlacesRequest, report: Report): Promise<ResticPlaces> {
  const repositories = new Map<string, string>();
  const readings = new Map<string, Reading>();
  for (const path of resticPaths(request.root)) {
    if (report.isTainted(path)) continue;
    for (const key of [["repository"], ["copy_from", "repository"]]) {
      const at = [...path, ...key];
      const written = valueAt(request.root, at);
      if (typeof written !== "string" || report.isTainted(at)) continue;
      const located = isRelative(written) ? await locateRepository(written, at, request, report) : written;
      repositories.set(formatPath(at), located);
    }
    warnTildes(path, request.root, report);
    const reading = await readFrom(path, request, report);
    if (reading !== undefined) readings.set(formatPath(path), reading);
  }
  return {
    repositoryAt: (path) => repositories.get(formatPath(path)) ?? String(valueAt(request.root, path) ?? ""),
    folderOf: (path) => readings.get(formatPath(path))?.folder,
    otherFolderOf: (path) => readings.get(formatPath(path))?.otherFolder,
    fileAt: (path) => {
      const written = String(valueAt(request.root, path) ?? "");
      return wholes(readings, path)?.get(formatPath(path)) ?? written;
    },
  };
}

/** Those of the settings in which the file or folder at this path stands. */
function wholes(readings: ReadonlyMap<string, Reading>, path: Path): Reading["wholes"] | undefined {
  const end = path.lastIndexOf("restic");
  return readings.get(formatPath(path.slice(0, end + 1)))?.wholes;
}

/** Where the paths that restic reads lead. */
interface Reading {
  folder: string;
  otherFolder?: string;
  /** Of those that lead from the other folder, by their path in the document. */
  wholes: ReadonlyMap<string, string>;
}

/** The paths of every `restic` that is settings of a provider. */
function resticPaths(root: Mapping): Path[] {
  const named = isMapping(root.providers) ? Object.keys(root.providers) : [];
  const jobs = Array.isArray(root.jobs) ? root.jobs.length : 0;
  const owners: Path[] = [
    ...named.map((name) => ["providers", name]),
    ["defaults", "provider"],
    ...Array.from({ length: jobs }, (_, index) => ["jobs", index, "provider"]),
  ];
  return owners.map((owner) => [...owner, "restic"]).filter((path) => isMapping(valueAt(root, path)));
}

/** True for a folder of this machine that is not written whole, as restic tells. */
function isRelative(repository: string): boolean {
  return !/^(rest|s3|sftp|rclone|b2|gs|azure|swift):/.test(repository) &&
    resolvePath("/", plain(repository)) !== plain(repository);
}

function plain(repository: string): string {
  return repository.replace(/^local:/, "");
}

async function locateRepository(
  written: string,
  at: Path,
  { files, base, working }: PlacesRequest,
  report: Report,
): Promise<string> {
  const [ours, former] = [base, working].map((folder) => resolvePath(folder, plain(written)));
  if (ours === former) return ours!;
  const [isHere, wasThere] = await Promise.all(
    [ours!, former!].map((folder) => isThere(files, `${folder}/config`)),
  );
  if (!wasThere) return ours!;
  const shown = report.shown(at, written);
  if (isHere) {
    report.add(at, {
      message:
        `${shown} is a repository in the folder of this file, '${ours}', and another one where Schelly was ` +
        `started, '${former}': expected the whole path of the one that is meant`,
      hint: keepManaged(at, written),
    });
    return ours!;
  }
  report.add(at, {
    message:
      `${shown} was found where Schelly was started, '${former}', and not in the folder of this file, to ` +
      "which relative paths belong: expected its whole path",
    hint: `write ${former}${keepManaged(at, written)}`,
    severity: "warning",
  });
  return former!;
}

/** A provider that is written in a job is known by its repository as it is written. */
function keepManaged(at: Path, written: string): string {
  const isNamed = at[0] === "providers" || at.at(-2) === "copy_from";
  return isNamed
    ? ""
    : `, and formerly: ["restic:${written}"] beside restic, so that its backups stay managed`;
}

/** A relative path of the settings, and in which folder something is at it. */
interface Candidate {
  at: Path;
  written: string;
  /** `paths` decide the folder that restic runs in, since snapshots are laid out by how they are written. */
  isRead: boolean;
  isHere: boolean;
  wasThere: boolean;
}

/**
 * Each leads to where it is found: to the folder of the file, or else to where Schelly was started. One that is in both
 * goes along with the others; one that is in neither belongs to the file, and in `paths` to what else is read: its disk may
 * be away.
 */
async function readFrom(
  path: Path,
  { root, files, base, working }: PlacesRequest,
  report: Report,
): Promise<Reading | undefined> {
  if (resolvePath(base, ".") === resolvePath(working, ".")) return undefined;
  const candidates: Candidate[] = [];
  for (const at of readingPaths(path, root)) {
    const written = String(valueAt(root, at));
    if (resolvePath("/", written) === written) continue;
    const [isHere, wasThere] = await Promise.all(
      [base, working].map((folder) => isThere(files, resolvePath(folder, written))),
    );
    candidates.push({ at, written, isRead: at.at(-2) === "paths", isHere: isHere!, wasThere: wasThere! });
  }
  if (candidates.length === 0) return undefined;
  const ours = candidates.filter(({ isHere, wasThere }) => isHere && !wasThere);
  const former = candidates.filter(({ isHere, wasThere }) => wasThere && !isHere);
  const both = candidates.filter(({ isHere, wasThere }) => isHere && wasThere);
  if (both.length > 0 && (ours.length > 0) === (former.length > 0)) {
    report.add(path, {
      message:
        `${namesOf(both)} ${
          both.length === 1 ? "is" : "are"
        } in the folder of this file, '${base}', and where ` +
        `Schelly was started, '${working}': expected whole paths`,
    });
    return { folder: base, wholes: new Map() };
  }
  const read = candidates.filter(({ isRead }) => isRead);
  const isFormer = (one: Candidate) => former.includes(one);
  const isAllFormer = ours.every(({ isRead }) => !isRead) &&
    (read.length === 0 ? former : read).some(isFormer);
  const [folder, otherFolder] = isAllFormer ? [working, base] : [base, working];
  const leadsOf = (one: Candidate) =>
    isFormer(one) || both.includes(one) && ours.length === 0 || isAllFormer && one.isRead && !one.isHere
      ? working
      : base;
  if (former.length > 0) {
    report.add(path, {
      message:
        `${namesOf(former)} ${
          former.length === 1 ? "was" : "were"
        } found where Schelly was started, and not in the ` +
        "folder of this file, to which relative paths belong: expected whole paths",
      hint: `write ${former.map(({ written }) => resolvePath(working, written)).join(", ")}`,
      severity: "warning",
    });
  }
  const elsewhere = candidates.filter((one) => leadsOf(one) !== folder);
  return {
    folder,
    ...(read.length > 0 ? { otherFolder } : {}),
    wholes: new Map(elsewhere.map((one) => [formatPath(one.at), resolvePath(otherFolder, one.written)])),
  };
}

/** Where in the document the paths stand that restic reads. */
function readingPaths(path: Path, root: Mapping): Path[] {
  const settings = valueAt(root, path) as Mapping;
  const lists = ["paths", "exclude_files"].flatMap((key) => {
    const list = settings[key];
    return Array.isArray(list)
      ? list.flatMap((one, index) => typeof one === "string" ? [[...path, key, index]] : [])
      : [];
  });
  const { program } = settings;
  return typeof program === "string" && program.includes("/") ? [...lists, [...path, "program"]] : lists;
}

function namesOf(candidates: readonly Candidate[]): string {
  return candidates.map(({ written }) => `'${written}'`).join(", ");
}

/** A shell reads ~ as the home folder, and nobody else does: here it is a folder of that name. */
function warnTildes(path: Path, root: Mapping, report: Report): void {
  const keys = [["repository"], ["copy_from", "repository"], ["program"]];
  const lists = ["paths", "exclude_files"].flatMap((key) =>
    listOf(valueAt(root, [...path, key])).map((_, index) => [key, index])
  );
  for (const key of [...keys, ...lists]) {
    const at = [...path, ...key];
    const written = valueAt(root, at);
    if (typeof written !== "string" || !/^(local:)?~(\/|$)/.test(written)) continue;
    report.add(at, {
      message:
        `${
          report.shown(at, written)
        } leads to a folder of the name ~: expected the whole path, since only a ` +
        "shell takes ~ for the home folder",
      severity: "warning",
    });
  }
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

async function isThere(files: Pick<Files, "info">, path: string): Promise<boolean> {
  return await files.info(path).catch(() => undefined) !== undefined;
}
