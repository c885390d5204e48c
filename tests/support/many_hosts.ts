// A process that serves the providers of many hosts, each with its name, its token and a journal of its own, as that many
// machines would. Arguments: folder, names of the hosts. Says on standard output where each is.

import type { Backuper, StoredBackup } from "../../src/ports/provider.ts";
import { serveBackuper } from "../../src/provider_kit.ts";
import { createHost } from "../../src/runtime/host.ts";

/** The token of a host in these tests. */
export function tokenOf(host: string): string {
  return `token-of-${host}-0123456789`;
}

/** Keeps its backups in memory, and says of each which job it was made for. */
function memoryBackuper(): Backuper {
  const stored = new Map<string, StoredBackup>();
  return {
    init: () => Promise.resolve(),
    create({ id, runId, job }) {
      stored.set(id, {
        id,
        ...(runId === null ? {} : { runId }),
        ...(job === null ? {} : { job }),
        sizeMb: 12,
      });
      return Promise.resolve({ sizeMb: 12, files: 3 });
    },
    get: (id) => Promise.resolve(stored.get(id)),
    delete: (id) => Promise.resolve(stored.delete(id)),
    list: () => Promise.resolve([...stored.values()]),
  };
}

if (import.meta.main) {
  const [folder, ...hosts] = Deno.args;
  const machine = createHost();
  const served: Record<string, string> = {};
  for (const host of hosts) {
    const { url } = await serveBackuper(memoryBackuper(), {
      key: host,
      hosts: [host],
      auth: { bearer: tokenOf(host) },
      listen: { hostname: "127.0.0.1", port: 0 },
      stateFolder: `${folder}/${host}`,
    }, machine);
    served[host] = new URL(url).host;
  }
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(served)}\n`));
}
