// Makes the provider of a built-in's settings: the Backuper of its kind behind a backup host.

import type { BuiltinProviderSpec } from "../../domain/provider_spec.ts";
import type { EventSink } from "../../ports/events.ts";
import type { Host } from "../../ports/host.ts";
import type { Backuper } from "../../ports/provider.ts";
import { type BackupHost, createBackupHost } from "../backup_host.ts";
import { createCommandBackuper } from "./command.ts";
import { createResticBackuper } from "./restic.ts";

export interface BuiltinPorts extends Pick<Host, "clock" | "ids" | "files" | "processes" | "env" | "pid"> {
  sink?: EventSink;
}

export interface BuiltinOptions {
  /** True for a provider that others call over HTTP: then fences outlive a restart. Default false. */
  keepFences?: boolean;
}

/** Names of variables whose values are secret. */
const SECRET_NAME = /pass|secret|token|key|credential|auth|sas/i;

/**
 * The provider of `spec`; `journalFolder` is its own alone and outlives restarts.
 * Rejects with `ProviderError` when the folder cannot be used. Settings that do not work (a wrong password, a
 * missing program) show at the first backup and in `check`.
 */
export function createBuiltinProvider(
  spec: BuiltinProviderSpec,
  ports: BuiltinPorts,
  journalFolder: string,
  options: BuiltinOptions = {},
): Promise<BackupHost> {
  const { clock, ids, files, processes, pid, sink } = ports;
  return createBackupHost({
    key: spec.key,
    backuper: createBackuper(spec, ports, journalFolder),
    clock,
    ids,
    files,
    processes,
    pid,
    sink,
    journalFolder,
    keepFences: options.keepFences ?? false,
    maxConcurrent: spec.maxConcurrent,
    pre: spec.pre,
    post: spec.post,
    createLimitMs: spec.createLimitMs,
    // A little more than the Backuper's own limit, so that its message is the one that is seen.
    getLimitMs: spec.timeouts.getMs + 5_000,
    deleteLimitMs: spec.timeouts.deleteMs,
    createBody: spec.createBody,
    deleteBody: spec.deleteBody,
    secrets: secretsOf(spec),
  });
}

function createBackuper(spec: BuiltinProviderSpec, ports: BuiltinPorts, journalFolder: string): Backuper {
  switch (spec.kind) {
    case "command":
      return createCommandBackuper(spec, ports);
    case "restic":
      return createResticBackuper(spec, ports, `${journalFolder}/repository.json`);
  }
}

function secretsOf(spec: BuiltinProviderSpec): string[] {
  const secrets = Object.entries(spec.env).filter(([name]) => SECRET_NAME.test(name)).map(([, value]) =>
    value
  );
  if (spec.kind === "restic") {
    if (spec.password !== null) secrets.push(spec.password);
    const inUrl = /:\/\/[^/@:]*:([^@/]*)@/.exec(spec.repository)?.[1];
    if (inUrl !== undefined && inUrl !== "") secrets.push(inUrl);
  }
  return secrets;
}
