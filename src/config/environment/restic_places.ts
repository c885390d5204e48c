// Where relative paths of restic's settings lead: to the folder of the file they are written in. They once led to where
// Schelly was started, and what was found there alone is still taken from there, with a word; nothing is guessed.

import type { Files } from "../../ports/host.ts";
import type { Report } from "../document/report.ts";
import { formatPath, isMapping, type Mapping, type Path, resolvePath, valueAt } from "../document/tree.ts";

/** Where the relative paths of every `restic` of the document lead. */
export interface ResticPlaces {
  /** The repository at this path of the document: whole where it is a folder of this machine. */
  repositoryAt(path: Path): string;
  /**
   * The folder that restic has to run in, so that the relative paths of the settings at `path` lead to the right place;
   * undefined: they lead there from where Schelly was started, or there are none.
   */
  folderOf(path: Path): string | undefined;
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
  const folders = new Map<string, string>();
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
    const folder = await readingFolder(path, request, report);
    if (folder !== undefined) folders.set(formatPath(path), folder);
  }
  return {
    repositoryAt: (path) => repositories.get(formatPath(path)) ?? String(valueAt(request.root, path) ?? ""),
    folderOf: (path) => folders.get(formatPath(path)),
  };
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

/** Paths that restic reads; all of them lead somewhere from one folder, or none does. */
async function readingFolder(
  path: Path,
  { root, files, base, working }: PlacesRequest,
  report: Report,
): Promise<string | undefined> {
  const settings = valueAt(root, path) as Mapping;
  const program = settings.program;
  const written = [
    ...listOf(settings.paths),
    ...listOf(settings.exclude_files),
    ...typeof program === "string" && program.includes("/") ? [program] : [],
  ].filter((one) => resolvePath("/", one) !== one);
  if (written.length === 0 || resolvePath(base, ".") === resolvePath(working, ".")) return undefined;
  const areAllIn = async (folder: string) =>
    (await Promise.all(written.map((one) => isThere(files, resolvePath(folder, one))))).every((is) => is);
  const [areHere, wereThere] = [await areAllIn(base), await areAllIn(working)];
  if (!wereThere) return base;
  const names = written.map((one) => `'${one}'`).join(", ");
  const whole = written.map((one) => resolvePath(working, one)).join(", ");
  if (areHere) {
    report.add(path, {
      message:
        `${names} ${written.length === 1 ? "is" : "are"} in the folder of this file, '${base}', and where ` +
        `Schelly was started, '${working}': expected whole paths`,
    });
    return base;
  }
  report.add(path, {
    message:
      `${names} ${written.length === 1 ? "was" : "were"} found where Schelly was started, and not in the ` +
      "folder of this file, to which relative paths belong: expected whole paths",
    hint: `write ${whole}`,
    severity: "warning",
  });
  return working;
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
