// Finds what gets a backup back: the provider of its job, out of the configuration of whoever asks, who therefore needs
// its secrets. A server only says which backup is meant, and need not live.

import type { Config } from "../../config/values/config.ts";
import type { BuiltinProviderSpec, HttpProviderSpec, ProviderSpec } from "../../domain/provider_spec.ts";
import type { Host } from "../../ports/host.ts";
import type { BackupPage, RestoreCall, RestoreResult } from "../../ports/restore.ts";
import type { StoredBackup } from "../../ports/provider.ts";
import { iso } from "../../domain/instant.ts";
import type { BackupAnswer } from "../client/answers.ts";
import { connect } from "../client/client.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { loadConfiguration } from "../terminal/configuration.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { LATEST, meant, ofServer, ofState, stateTrouble } from "./known_backups.ts";
import { warningOf } from "./restore_word.ts";

/** Which backup. */
export interface RestoringArgs extends ServerArgs {
  /** The provider's id, our run_id, or `latest`. */
  id: string;
  job?: string;
  json?: boolean;
}

/** A backup and what can be done with it; what its provider cannot do is absent. */
interface Restorable {
  id: string;
  dataId: string;
  job: string;
  /** What is known against it. */
  warning: string | undefined;
  /** Whose it is by its storage's own word, where that is asked by this program; undefined where it says nothing. */
  whose?(): Promise<string | undefined>;
  /** True where files are written by this program, as its caller. */
  isHere: boolean;
  restore?(call: RestoreCall, signal: AbortSignal, tell: (message: string) => void): Promise<RestoreResult>;
  browse?(
    path: string,
    after: string | undefined,
    limit: number,
    signal: AbortSignal,
  ): Promise<BackupPage | undefined>;
  /** Of its provider, which says how the rest is done without Schelly. */
  spec: ProviderSpec;
}

/** Between two looks how far a provider elsewhere is. */
const LOOK_MS = 1_000;

/** Rejects with `Failure` where there is no such backup or job. */
export async function findRestorable(
  args: RestoringArgs,
  host: Host,
  note: (line: string) => void,
): Promise<Restorable> {
  const config = await loadConfiguration({ config: args.config }, host, "required");
  const named = await nameOf(args, host, config, note);
  const job = config.jobs.find(({ name }) => name === named.job);
  const spec = job === undefined ? undefined : config.providers.get(job.providerKey);
  if (spec === undefined) {
    const jobs = config.jobs.map(({ name }) => name).join(", ");
    throw new Failure(
      EXIT.notFound,
      `Cannot reach the backup: the configuration has no job '${named.job}': expected ${jobs}`,
    );
  }
  const backup = { ...named, spec };
  if (spec.kind === "http") return await elsewhere(spec, backup, host);
  // Its workers know how; `byHand` says what they know the backup by.
  return spec.kind === "conductor" ? { ...backup, isHere: false } : await here(spec, backup, host);
}

interface Named {
  id: string;
  dataId: string;
  job: string;
  warning: string | undefined;
}

/** By the server; without one by the state that it left; without that the storage of one job is looked into. */
async function nameOf(
  args: RestoringArgs,
  host: Host,
  config: Config,
  note: (line: string) => void,
): Promise<Named> {
  const only = config.jobs.length === 1 ? config.jobs[0]!.name : undefined;
  const job = args.job ?? (args.id === LATEST ? only : undefined);
  const named = (found: BackupAnswer): Named => {
    const id = found.id ?? args.id;
    return { id, dataId: found.data_id || id, job: found.job ?? job ?? "", warning: warningOf(found) };
  };
  try {
    const client = await connect(args, host);
    return named(await meant(ofServer(client, host.clock.now()), args.id, job, note));
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== EXIT.unreachable) throw error;
    const { found, trouble } = await inState(args.id, job, host, config, note);
    if (found !== undefined) return named(found);
    return inStorage(args, job ?? only, error, trouble, note);
  }
}

/** What the state says of it; `trouble`: why that is not known. */
async function inState(
  id: string,
  job: string | undefined,
  host: Host,
  config: Config,
  note: (line: string) => void,
): Promise<{ found?: BackupAnswer; trouble?: string }> {
  try {
    const found = await ofState(config, host, (known) => meant(known, id, job, note));
    note(`No server answers; backup '${found.id}' of job '${found.job}' is known from the state.`);
    return { found };
  } catch (error) {
    // One that was made by hand, or after this state was left, is asked for where it lies.
    if (error instanceof Failure && error.code === EXIT.notFound && id !== LATEST) {
      return { trouble: error.message };
    }
    if (error instanceof Failure) throw error;
    return { trouble: stateTrouble(error) };
  }
}

function inStorage(
  { id }: RestoringArgs,
  job: string | undefined,
  { code, message }: Failure,
  trouble: string | undefined,
  note: (line: string) => void,
): Named {
  const why = trouble === undefined ? message : `${message}; ${trouble}`;
  if (id === LATEST) throw new Failure(code, `${why}: which is the latest is not known: name one by its id`);
  if (job === undefined) {
    throw new Failure(code, `${why}: without a server --job says whose backup it is`);
  }
  if (trouble !== undefined) note(`${trouble}.`);
  note(`No server answers; looking for backup '${id}' in the storage of job '${job}' itself.`);
  return { id, dataId: id, job, warning: undefined };
}

async function here(
  spec: BuiltinProviderSpec,
  backup: Named & { spec: ProviderSpec },
  host: Host,
): Promise<Restorable> {
  const { openBackuper } = await import("../../provider/builtin/builtin_provider.ts");
  const { checkRestore, restoreBackup } = await import("../../provider/host/restore_work.ts");
  const { backuper, textOf } = openBackuper(spec, host);
  const failure = (what: string, error: unknown) =>
    new Failure(EXIT.failed, `Cannot ${what}: ${textOf(error)}`);
  const { id, dataId } = backup;
  return {
    ...backup,
    isHere: true,
    ...(backuper.get === undefined ? {} : {
      whose: async () =>
        whoseIs(await backuper.get!(id, dataId), { job: backup.job, host: await backuper.host?.() }),
    }),
    ...(backuper.restore === undefined ? {} : {
      async restore(call, signal, tell) {
        const task = { id, signal, progress: tell, output() {}, started() {} };
        const checked = await checkRestore(host, { backuper, call, dataId, task, roots: null });
        return await restoreBackup(host, checked).catch((error) => {
          throw failure(`restore backup '${id}'`, error);
        });
      },
    }),
    ...(backuper.browse === undefined ? {} : {
      async browse(path, after, limit, signal) {
        return await backuper.browse!({ id, dataId, path, after, limit, signal }).catch((error) => {
          throw failure(`look into backup '${id}'`, error);
        });
      },
    }),
  };
}

/** In words, with a warning where its storage names another job or host than was meant. */
function whoseIs(
  stored: StoredBackup | undefined,
  here: { job: string; host: string | undefined },
): string | undefined {
  if (stored === undefined) return undefined;
  const { job, host, startTime, paths = [] } = stored;
  const of = [
    job === undefined ? "no job that it names" : `job '${job}'`,
    host === undefined ? "" : `on host '${host}'`,
    startTime === undefined ? "" : `made ${iso(startTime)}`,
    paths.length === 0 ? "" : `of ${paths.slice(0, 3).join(", ")}${paths.length > 3 ? " and more" : ""}`,
  ].filter((part) => part !== "").join(", ");
  const isOther = job !== undefined && job !== here.job ||
    host !== undefined && here.host !== undefined && host !== here.host;
  if (!isOther) return `By its storage it is of ${of}.`;
  const there = here.host === undefined ? "" : ` on host '${here.host}'`;
  return `warning: it is another's: by its storage it is of ${of}; this is job '${here.job}'${there}`;
}

async function elsewhere(
  spec: HttpProviderSpec,
  backup: Named & { spec: ProviderSpec },
  host: Host,
): Promise<Restorable> {
  const { createHttpProvider } = await import("../../provider/client/http_provider.ts");
  const { clock } = host;
  const http = spec.tls === undefined ? host.http : host.httpWith(spec.tls);
  const provider = createHttpProvider(spec, { http, clock, sink: { emit() {} } });
  const can = await provider.capabilities();
  return {
    ...backup,
    isHere: false,
    ...(can.restore !== true ? {} : {
      async restore(call, signal, tell) {
        let now = await provider.restore!(backup.id, call);
        const { operationId } = call;
        while (now.state === "running") {
          tell(now.message);
          await clock.sleep(LOOK_MS, signal).catch(() => provider.cancelOperation!(operationId));
          const next = await provider.operation!(operationId);
          if (next === undefined) {
            throw new Failure(
              EXIT.failed,
              `The provider at ${spec.shownUrl ?? spec.url} has forgotten the restore`,
            );
          }
          now = next;
        }
        if (now.state === "done") return now;
        throw new Failure(EXIT.failed, `Cannot restore backup '${backup.id}': ${now.message}`);
      },
    }),
    ...(can.browse !== true ? {} : {
      browse: (path, after, limit) => provider.browse!(backup.id, path, after, limit),
    }),
  };
}
