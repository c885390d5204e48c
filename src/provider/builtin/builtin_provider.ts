// Makes the provider of a built-in's settings: the Backuper of its kind behind a backup host.

import { inheritedSecrets, passedOn } from "../../domain/child_environment.ts";
import { secretHider } from "../../domain/hidden_secrets.ts";
import type { BuiltinProviderSpec } from "../../domain/provider_spec.ts";
import { SECRET_NAME } from "../../domain/secret_name.ts";
import type { BackupMemory, ProviderNotes } from "../../ports/backup_memory.ts";
import type { EngineEvent, EventSink } from "../../ports/events.ts";
import type { Host, Processes } from "../../ports/host.ts";
import type { Backuper } from "../../ports/provider.ts";
import { type BackupHost, createBackupHost } from "../host/backup_host.ts";
import { createHostTexts } from "../host/host_texts.ts";
import { openFolderMemory } from "../host/folder_memory.ts";
import { secretsIn } from "../protocol/redact.ts";
import { createBacky2Backuper } from "./backy2.ts";
import { createCommandBackuper } from "./command.ts";
import { createResticBackuper } from "./restic.ts";
import type { ResticSiblings } from "./restic_siblings.ts";
import type { FiguresKeeper } from "./figures_keeper.ts";
import type { Upkeep } from "./upkeep.ts";

interface BuiltinPorts
  extends Pick<Host, "clock" | "ids" | "files" | "tree" | "http" | "processes" | "env" | "pid"> {
  /** Absent: not known. */
  machine?: Host["machine"];
  sink?: EventSink;
  /** True while nothing may be deleted, so that upkeep frees nothing either. Absent: never. */
  isFrozen?: () => Promise<boolean>;
  /** What the restic providers of this program know of each other. Absent: there is no other. */
  siblings?: ResticSiblings;
}

interface BuiltinOptions {
  /** True for a provider that others call over HTTP: then fences outlive a restart. Default false. */
  keepFences?: boolean;
  /**
   * True for a program that is nothing but this provider: its whole environment is the provider's own, and handed on.
   * Default false: only what programs need of it.
   */
  ownsEnvironment?: boolean;
  /** Folders into which may be restored, or what answers those of now; default none. */
  restoreRoots?: readonly string[] | (() => readonly string[]);
  /** Has the storage measured now and then, for whoever hears of `provider.figures`. Default false. */
  measures?: boolean;
}

/**
 * The provider of `spec`; `place` keeps what outlives restarts: a memory, or the folder of one that is its own alone.
 * Rejects with `ProviderError` when it cannot be used. Settings that do not work (a wrong password, a
 * missing program) show at the first backup and in `check`.
 */
export async function createBuiltinProvider(
  spec: BuiltinProviderSpec,
  ports: BuiltinPorts,
  place: BackupMemory | string,
  options: BuiltinOptions = {},
): Promise<BackupHost> {
  const { clock, ids, sink } = ports;
  const handedOn = options.ownsEnvironment ? ports.env : passedOn(ports.env);
  const processes = withEnvironment(ports.processes, { ...handedOn, ...spec.env });
  const memory = typeof place === "string" ? await openFolderMemory(ports, place) : place;
  const folder = typeof place === "string" ? place : null;
  const secrets = [...secretsOf(spec), ...inheritedSecrets(ports.env)];
  const redact = secretHider(secrets);
  const clean = sink &&
    { emit: (event: EngineEvent) => sink.emit({ ...event, message: redact(event.message) }) };
  const backuper = createBackuper(spec, { ...ports, processes, sink: clean }, {
    notes: memory.notes,
    folder,
  });
  const { upkeep } = backuper;
  const figures = options.measures ? backuper.figures : undefined;
  const host = await createBackupHost({
    key: spec.key,
    backuper,
    clock,
    ids,
    files: ports.files,
    tree: ports.tree,
    processes,
    machine: ports.machine,
    pid: ports.pid,
    sink,
    memory,
    keepFences: options.keepFences ?? false,
    maxConcurrent: spec.maxConcurrent,
    restoreRoots: options.restoreRoots,
    pre: spec.pre,
    post: spec.post,
    onSuccess: spec.onSuccess,
    onFailure: spec.onFailure,
    createLimitMs: spec.createLimitMs,
    // A little more than the Backuper's own limit, so that its message is the one that is seen.
    getLimitMs: spec.timeouts.getMs + 5_000,
    deleteLimitMs: spec.timeouts.deleteMs,
    createBody: spec.createBody,
    deleteBody: spec.deleteBody,
    secrets,
  }).catch(async (error) => {
    await upkeep?.stop();
    throw error;
  });
  if (upkeep === undefined) return host;
  try {
    // Only now is the journal read, and what was cut off settled.
    await upkeep.start();
    await figures?.start();
  } catch (error) {
    await upkeep.stop();
    await host[Symbol.asyncDispose]();
    throw error;
  }
  return {
    ...host,
    async [Symbol.asyncDispose]() {
      await figures?.stop();
      await upkeep.stop();
      await host[Symbol.asyncDispose]();
    },
  };
}

/** A Backuper without its host, for whoever does one thing with it and goes. */
interface LoneBackuper {
  backuper: Backuper;
  /** Renders an error without secrets. */
  textOf(error: unknown): string;
}

/** That of `spec`; it remembers nothing, and keeps nothing up. */
export function openBackuper(spec: BuiltinProviderSpec, ports: BuiltinPorts): LoneBackuper {
  const processes = withEnvironment(ports.processes, { ...passedOn(ports.env), ...spec.env });
  const notes: ProviderNotes = {
    read: () => Promise.resolve(undefined),
    write: () => Promise.resolve(),
    toForget: () => "",
  };
  const { textOf } = createHostTexts([...secretsOf(spec), ...inheritedSecrets(ports.env)]);
  return { backuper: createBackuper(spec, { ...ports, processes }, { notes, folder: null }), textOf };
}

/** Of Schelly's own environment a program is given what it needs, and no secret of anybody else's. */
function withEnvironment(processes: Processes, env: Record<string, string>): Processes {
  return {
    ...processes,
    run: (spec) => processes.run({ ...spec, env: { ...env, ...spec.env }, clearEnv: true }),
  };
}

function createBackuper(
  spec: BuiltinProviderSpec,
  ports: BuiltinPorts,
  place: { notes: ProviderNotes; folder: string | null },
): Backuper & { upkeep?: Upkeep; figures?: FiguresKeeper } {
  switch (spec.kind) {
    case "command":
      return createCommandBackuper(spec, ports);
    case "restic":
      return createResticBackuper(spec, ports, place.notes);
    case "backy2":
      return createBacky2Backuper(spec, ports, place);
  }
}

function secretsOf(spec: BuiltinProviderSpec): string[] {
  const secrets = [...secretsIn(spec.createBody), ...secretsIn(spec.deleteBody), ...spec.hidden ?? []];
  for (const [name, value] of Object.entries(spec.env)) {
    const isSecret = SECRET_NAME.test(name) || spec.secretEnv?.includes(name);
    secrets.push(...(isSecret ? [value] : passwordsIn(value)));
  }
  if (spec.kind === "restic") {
    if (spec.password !== null) secrets.push(spec.password);
    secrets.push(...passwordsIn(spec.repository));
    if (spec.copyFrom?.password) secrets.push(spec.copyFrom.password);
    if (spec.copyFrom !== undefined) secrets.push(...passwordsIn(spec.copyFrom.repository));
  }
  if (spec.kind === "backy2" && "text" in spec.config) {
    const key = /^aws_secret_access_key: (.+)$/m.exec(spec.config.text)?.[1];
    if (key !== undefined) secrets.push(key.replaceAll("%%", "%"));
  }
  return secrets;
}

/** The password of a URL such as `postgres://user:password@host/`, as it is written and as it is meant. */
function passwordsIn(url: string): string[] {
  const written = /:\/\/[^\s/?#@:]*:([^\s/?#]*)@/.exec(url)?.[1] ?? "";
  try {
    return [written, decodeURIComponent(written)];
  } catch {
    return [written];
  }
}
