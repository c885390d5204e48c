// Finds what gets a backup back: the provider of its job, out of the configuration of whoever asks, who therefore needs
// its secrets. A server only says which backup is meant, and need not live.

import type { Config } from "../../config/values/config.ts";
import type { BuiltinProviderSpec, HttpProviderSpec, ProviderSpec } from "../../domain/provider_spec.ts";
import type { Host } from "../../ports/host.ts";
import type { BackupPage, RestoreCall, RestoreResult } from "../../ports/restore.ts";
import { BackupAnswer } from "../client/answers.ts";
import { connect, segment } from "../client/client.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { loadConfiguration } from "../terminal/configuration.ts";
import { EXIT, Failure } from "../terminal/exit.ts";

/** Which backup. */
export interface RestoringArgs extends ServerArgs {
  /** The provider's id or our run_id. */
  id: string;
  job?: string;
  json?: boolean;
}

/** A backup and what can be done with it; what its provider cannot do is absent. */
interface Restorable {
  id: string;
  dataId: string;
  job: string;
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
  const named = await askServer(args, host, config, note);
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
  return spec.kind === "http" ? await elsewhere(spec, backup, host) : await here(spec, backup, host);
}

interface Named {
  id: string;
  dataId: string;
  job: string;
}

/** Without a server the storage of one job is looked into, where the backup has its id. */
async function askServer(
  args: RestoringArgs,
  host: Host,
  config: Config,
  note: (line: string) => void,
): Promise<Named> {
  try {
    const client = await connect(args, host);
    const found = await client.get(`/backups/${segment(args.id)}`, BackupAnswer, { job: args.job });
    const id = found.id ?? args.id;
    return { id, dataId: found.data_id || id, job: found.job ?? args.job ?? "" };
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== EXIT.unreachable) throw error;
    const only = config.jobs.length === 1 ? config.jobs[0]!.name : undefined;
    const job = args.job ?? only;
    if (job === undefined) {
      throw new Failure(error.code, `${error.message}: without a server --job says whose backup it is`);
    }
    note(`No server answers; looking for backup '${args.id}' in the storage of job '${job}' itself.`);
    return { id: args.id, dataId: args.id, job };
  }
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
