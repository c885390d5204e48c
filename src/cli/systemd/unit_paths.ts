// The folders and files of this machine that a unit names.

import { wholePath } from "../../domain/path.ts";
import type { ProviderSpec, ResticProviderSpec } from "../../domain/provider_spec.ts";
import type { Host } from "../../ports/host.ts";

/** Makes a path whole that may stand on the working folder. */
export function absoluteIn({ files }: Pick<Host, "files">): (path: string) => string {
  const working = files.workingFolder();
  return (path) => wholePath(working, path);
}

/** Where a built-in keeps its backups, when that is a folder of this machine. */
export function localRepository(spec: ProviderSpec): string[] {
  if (spec.kind !== "restic") return [];
  const path = spec.repository.replace(/^local:/, "");
  return /^[a-z][a-z0-9+.-]*:/.test(path) ? [] : [path];
}

/** The repository that it copies from, when that is a folder of this machine. */
function sourceRepository({ copyFrom }: ResticProviderSpec): string[] {
  const path = copyFrom?.repository.replace(/^local:/, "") ?? "";
  return path === "" || /^[a-z][a-z0-9+.-]*:/.test(path) ? [] : [path];
}

/** What a built-in reads of this machine. */
export function sourcesOf(spec: ProviderSpec): string[] {
  if (spec.kind === "restic") {
    const { folder, paths } = spec;
    const whole = (path: string) => folder === undefined || path.startsWith("/") ? path : `${folder}/${path}`;
    return [...paths.map(whole), ...sourceRepository(spec)];
  }
  if (spec.kind === "backy2" && spec.source.startsWith("file://")) {
    return [spec.source.slice("file://".length)];
  }
  return [];
}

/** Each once, in order. */
export function unique<T>(items: T[]): T[] {
  return [...new Set(items)];
}
