// The folder of `jobs_dir`: files with jobs and nothing else, which callers of the API may write.

import type { Files } from "../../ports/host.ts";
import type { ConfigSource, JobsFolder } from "../values/config.ts";
import { type FoundText, readFolder } from "./find.ts";
import type { Report } from "./report.ts";
import { resolvePath } from "../../domain/path.ts";

/** Where it is; `base` is the folder that paths of the configuration stand on. */
export function jobsFolderOf(
  written: string,
  { base, source, working }: { base: string; source: ConfigSource; working: string },
): JobsFolder {
  const path = trimmed(resolvePath(base, written));
  if (source.kind !== "folder" || trimmed(resolvePath(working, source.path)) !== path) {
    return { path, shown: path, isSource: false };
  }
  return { path, shown: source.path.replace(/\/+$/, ""), isSource: true };
}

/** Its texts; none where they are those of the configuration itself. What cannot be read is reported. */
export async function readJobsFolder(
  { path, isSource }: JobsFolder,
  files: Files,
  report: Report,
): Promise<FoundText[]> {
  if (isSource) return [];
  const info = await files.info(path).catch(() => undefined);
  if (info?.isDirectory !== true) {
    const what = info === undefined ? "is not there" : "is no folder";
    report.add(["jobs_dir"], {
      message: `'${path}' ${what}: expected a folder for files with jobs, which may be empty`,
    });
    return [];
  }
  const found = { source: { kind: "file" as const, path }, by: "jobs_dir", base: path, texts: [] };
  return (await readFolder(found, path, path, files, report, true)).texts;
}

function trimmed(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, "") : path;
}
