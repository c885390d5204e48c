// Serves one provider over HTTP: the second composition root, and the front door for authors of providers.
// An author implements `Backuper`; ids, idempotency, cancel, journal and the protocol come from here.

import { assert } from "./domain/errors.ts";
import type { Json } from "./domain/job.ts";
import { isLoopback } from "./domain/http/loopback.ts";
import type { BuiltinProviderSpec, ConductorProviderSpec, HookSpec } from "./domain/provider_spec.ts";
import type { EventSink } from "./ports/events.ts";
import type { Backuper, CheckResult } from "./ports/provider.ts";
import { type BackupHost, createBackupHost } from "./provider/host/backup_host.ts";
import { openFolderMemory } from "./provider/host/folder_memory.ts";
import { folderNotes } from "./provider/host/folder_notes.ts";
import { createBuiltinProvider } from "./provider/builtin/builtin_provider.ts";
import { createConductorHost } from "./provider/conductor/conductor_host.ts";
import { createConductorProvider } from "./provider/conductor/conductor_provider.ts";
import { openHostName } from "./provider/server/stray_calls.ts";
import { createProviderHandler } from "./provider/server/server.ts";
import { type ProviderAuth, standingAt } from "./provider/server/callers.ts";
import type { ProviderHost } from "./runtime/provider_host.ts";

export { createProviderHost, type ProviderHost } from "./runtime/provider_host.ts";
export { BackupFailure, LockedUntil } from "./provider/host/backup_failure.ts";
export {
  type ConductorWorker,
  type ConductorWorkerOptions,
  workOnConductor,
} from "./provider/conductor/conductor_worker.ts";
export type { ProviderAuth } from "./provider/server/callers.ts";
export type { Backuper, BackupResult, BackupTask, CheckResult, StoredBackup } from "./ports/provider.ts";
export type { BackupEntry, BackupPage, BrowseTask, RestoreResult, RestoreTask } from "./ports/restore.ts";
export type { VerifyResult, VerifyTask } from "./ports/verification.ts";

export interface ServeOptions {
  /** Port 0: any free one. `tls`: PEM texts of the certificate (with its chain) and its key; then it is HTTPS. */
  listen: { hostname: string; port: number; tls?: { cert: string; key: string } };
  /** Journal and outputs; must outlive restarts, and belongs to this provider alone. */
  stateFolder: string;
  /** Absent: every program of this machine may make and delete backups; needed to listen for other machines. */
  auth?: ProviderAuth;
  /** Where the backups are; default `/backups`. */
  path?: string;
  /** Folders into which whoever calls may have backups restored; default none: then `restore` is not offered. */
  restoreRoots?: readonly string[];
  /**
   * What Schelly calls this host: calls meant for another one are refused. Absent: the name by which it is first asked for
   * a backup, which it keeps to.
   */
  hosts?: readonly string[];
  sink?: EventSink;
}

/** What a Backuper's host needs besides; the defaults suit one backup at a time. */
export interface BackuperOptions extends ServeOptions {
  /** Provider key in messages and events; default `provider`. */
  key?: string;
  /** Backups at the same time: a start beyond them is answered 409 and comes again. Default 1. */
  maxConcurrent?: number;
  pre?: HookSpec | null;
  /** Runs whatever became of `pre` and the backup; after a crash when it is served again, before any new backup. */
  post?: HookSpec | null;
  /** Run after `post`, once the end is on disk. */
  onSuccess?: HookSpec | null;
  onFailure?: HookSpec | null;
  /** Most time for one backup; null (default): no limit. */
  createLimitMs?: number | null;
  getLimitMs?: number;
  deleteLimitMs?: number;
  /** In which backups are restored to be verified; default: where temporary files are. */
  scratchFolder?: string;
  createBody?: Json;
  deleteBody?: Json;
  /** Texts that are blotted out of messages and output. */
  secrets?: readonly string[];
}

/** A provider that is being served. */
export interface ServedProvider {
  /** `http://127.0.0.1:7070`, to which the path of the backups is added. */
  address: string;
  /** The URL for Schelly's config. */
  url: string;
  /** Asks without changing anything whether backups could be made. */
  check(): Promise<CheckResult[]>;
  /** Takes no more calls, ends what is running (it becomes failed, cut_off), gives the folder back. */
  close(): Promise<void>;
}

/** How long answers under way may take at the end. */
const CLOSE_GRACE_MS = 5_000;

/**
 * Serves a Backuper of one's own. Rejects with `ProviderError` when the state folder cannot be used, or with the
 * error of `listen` when the address cannot; also where other machines could reach it and `auth` is absent.
 */
export async function serveBackuper(
  backuper: Backuper,
  options: BackuperOptions,
  host: ProviderHost,
): Promise<ServedProvider> {
  demandAuth(options);
  const { clock, ids, files, tree, processes } = host;
  const backups = await createBackupHost({
    ...options,
    key: options.key ?? "provider",
    backuper,
    clock,
    ids,
    files,
    tree,
    processes,
    machine: host.machine,
    pid: host.pid,
    memory: await openFolderMemory(host, options.stateFolder),
    maxConcurrent: options.maxConcurrent ?? 1,
  });
  return await serve(backups, options, host);
}

/** Serves the built-in of `spec`, as `schelly provider serve` does; rejects as `serveBackuper`. */
export async function serveBuiltin(
  spec: BuiltinProviderSpec | ConductorProviderSpec,
  options: ServeOptions,
  host: ProviderHost,
): Promise<ServedProvider> {
  demandAuth(options);
  if (spec.kind === "conductor") return await serve(await conductorHost(spec, options, host), options, host);
  const ports = { ...host, sink: options.sink };
  const backups = await createBuiltinProvider(spec, ports, options.stateFolder, {
    keepFences: true,
    ownsEnvironment: true,
    restoreRoots: options.restoreRoots,
  });
  return await serve(backups, options, host);
}

async function conductorHost(
  spec: ConductorProviderSpec,
  { sink = { emit() {} }, stateFolder }: ServeOptions,
  host: ProviderHost,
): Promise<BackupHost> {
  const { tls } = spec;
  const http = tls === undefined ? host.http : host.httpWith?.(tls);
  assert(http !== undefined, "who serves a provider with certificates of its own can call with these");
  const provider = createConductorProvider(spec, { http, clock: host.clock, sink });
  return await createConductorHost(provider, await openFolderMemory(host, stateFolder));
}

/** Deletions are not for whoever is on the network. */
function demandAuth({ auth, listen }: ServeOptions): void {
  if (auth !== undefined || isLoopback(listen.hostname)) return;
  throw new Error(
    `Cannot serve at ${listen.hostname} without auth: other machines could make and delete backups. ` +
      'Expected auth, such as { bearer: "…" }, or a loopback address such as 127.0.0.1',
  );
}

async function serve(
  backups: BackupHost,
  options: ServeOptions,
  host: ProviderHost,
): Promise<ServedProvider> {
  const names = options.hosts?.map((name) => name.toLowerCase());
  const hostName = await openHostName(names, folderNotes(host.files, options.stateFolder)).catch(
    async (error) => {
      await backups[Symbol.asyncDispose]();
      throw error;
    },
  );
  const handler = createProviderHandler(backups, {
    path: options.path,
    auth: options.auth,
    hostnames: [options.listen.hostname],
    hostName,
    clock: host.clock,
  });
  const spec = { tcp: options.listen, standing: standingAt(options.auth) };
  const listener = await host.listen(spec, handler).catch(async (error) => {
    await backups[Symbol.asyncDispose]();
    throw error;
  });
  return {
    address: listener.address,
    url: `${listener.address}${options.path ?? "/backups"}`,
    check: () => backups.check(),
    async close() {
      await listener.close(CLOSE_GRACE_MS);
      await backups[Symbol.asyncDispose]();
    },
  };
}
