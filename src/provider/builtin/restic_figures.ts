// Measures a restic repository: what lies in it, what of that its snapshots need, what they would be restored.
// Nothing here takes a lock, since a lock could be in the way of a backup.

import { z } from "zod";
import type { ResticProviderSpec } from "../../domain/provider_spec.ts";
import type { StorageFigures } from "../../domain/storage_figures.ts";
import type { Files } from "../../ports/host.ts";
import { localFolder } from "./restic_location.ts";
import { readSnapshots } from "./restic_output.ts";
import type { ResticPorts, ResticProgram } from "./restic_program.ts";

const statsSchema = z.looseObject({ total_size: z.number() });
/** A repository may have many snapshots, each with many paths. */
const LIST_BYTES = 64 * 1024 * 1024;
/** Looked at side by side. */
const AT_ONCE = 32;

type Sizes = Pick<StorageFigures, "storedBytes" | "dataBytes">;

/**
 * Asks the repository; `demandSame` rejects when it is not the one it was. It may take long where there are many files,
 * and ends soon after `signal` aborts.
 */
export async function measureRestic(
  spec: ResticProviderSpec,
  { clock, files }: ResticPorts,
  restic: ResticProgram,
  demandSame: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<StorageFigures> {
  await demandSame(signal);
  const measuredAt = clock.now();
  const ask = (args: string[], keepBytes?: number) =>
    restic.must("measure the repository", [...args, "--no-lock"], { signal, keepBytes });
  const stats = async (mode: string) =>
    statsSchema.parse(JSON.parse((await ask(["stats", "--json", "--mode", mode])).stdout)).total_size;

  const snapshots = readSnapshots((await ask(["snapshots", "--json"], LIST_BYTES)).stdout);
  const neededBytes = await stats("raw-data");
  // Since 0.17 each snapshot says how large it is. Else all their files are counted, again for each snapshot.
  const said = snapshots.map(({ bytes }) => bytes);
  const restoredBytes = said.every((bytes) => bytes !== undefined)
    ? said.reduce((sum, bytes) => sum + bytes, 0)
    : await stats("restore-size");
  const folder = localFolder(spec.repository, files);
  const sizes = folder === undefined
    ? await sizesByRestic(restic, signal)
    : await sizesInFolder(files, folder, signal);
  return { measuredAt, ...sizes, neededBytes, restoredBytes, snapshots: snapshots.length };
}

/** restic before 0.16 cannot tell what lies in its storage. */
async function sizesByRestic(restic: ResticProgram, signal: AbortSignal): Promise<Sizes> {
  const { code, stdout, stderr } = await restic.run(["stats", "--mode", "debug", "--no-lock"], { signal });
  return code === 0 ? readDebugStats(`${stdout}\n${stderr}`) : { storedBytes: null, dataBytes: null };
}

/** Reads the sizes by type of file of `restic stats --mode debug`, which knows no JSON. */
export function readDebugStats(text: string): Sizes {
  let [storedBytes, dataBytes]: [number | null, number | null] = [null, null];
  for (const [, type, size] of text.matchAll(/^File Type: (\w+)\nCount: \d+\nTotal Size: (.+)$/gm)) {
    const bytes = readSize(size!);
    if (bytes === null) return { storedBytes: null, dataBytes: null };
    storedBytes = (storedBytes ?? 0) + bytes;
    if (type === "data" || type === "pack") dataBytes = (dataBytes ?? 0) + bytes;
  }
  return { storedBytes, dataBytes };
}

/** `1.234 MiB`, as restic writes it. */
function readSize(text: string): number | null {
  const [, number, unit] = /^([\d.]+) ?(B|[KMGT]iB)$/.exec(text.trim()) ?? [];
  const power = ["B", "KiB", "MiB", "GiB", "TiB"].indexOf(unit ?? "");
  return power === -1 ? null : Math.round(Number(number) * 1024 ** power);
}

async function sizesInFolder(files: Files, folder: string, signal: AbortSignal): Promise<Sizes> {
  const sum = async (path: string): Promise<number> => {
    let bytes = 0;
    const names = await files.list(path);
    for (let at = 0; at < names.length; at += AT_ONCE) {
      signal.throwIfAborted();
      const some = names.slice(at, at + AT_ONCE);
      const sizes = await Promise.all(some.map(async (name) => {
        const info = await files.info(`${path}/${name}`);
        return info?.isDirectory ? await sum(`${path}/${name}`) : info?.size ?? 0;
      }));
      bytes += sizes.reduce((all, size) => all + size, 0);
    }
    return bytes;
  };
  const dataBytes = await sum(`${folder}/data`);
  const index = await sum(`${folder}/index`);
  return { storedBytes: dataBytes + index + await sum(`${folder}/snapshots`), dataBytes };
}
