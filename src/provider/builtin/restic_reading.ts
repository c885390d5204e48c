// Which folder the relative paths of a backup were read from: there may be two that they can mean, and while the disk of
// the one is away nothing of the other is backed up in its place.

import { wholePath } from "../../domain/path.ts";
import { z } from "zod";
import type { ResticProviderSpec } from "../../domain/provider_spec.ts";
import type { ProviderNotes } from "../../ports/backup_memory.ts";
import type { Files } from "../../ports/host.ts";
import { BackupFailure } from "../host/backup_failure.ts";

const readingSchema = z.object({ folder: z.string(), paths: z.array(z.string()) });

/** Rejects where these paths were read from the other folder before; notes where they are read from, once one is there. */
export async function demandSameReading(
  { paths, folder, otherFolder }: Pick<ResticProviderSpec, "paths" | "folder" | "otherFolder">,
  files: Pick<Files, "info" | "workingFolder">,
  notes: ProviderNotes | null,
): Promise<void> {
  if (otherFolder === undefined || notes === null) return;
  const relative = paths.filter((path) => !path.startsWith("/"));
  const here = folder ?? files.workingFolder();
  const known = parse(await notes.read("reading"));
  if (known !== undefined && JSON.stringify(known.paths) === JSON.stringify(relative)) {
    if (known.folder !== otherFolder) return;
    const [one] = relative;
    throw new BackupFailure(
      "other_folder",
      `${
        relative.map((path) => `'${path}'`).join(", ")
      } of paths led to '${otherFolder}' until now, and to '${here}' as ` +
        `things are: put back what was there, or write whole paths (such as ${
          wholePath(otherFolder, one!)
        }). ` +
        `To go on with '${here}': ${notes.toForget("reading")}`,
    );
  }
  const found = await Promise.all(
    relative.map((path) => files.info(wholePath(here, path)).catch(() => undefined)),
  );
  if (found.every((info) => info === undefined)) return;
  await notes.write("reading", JSON.stringify({ folder: here, paths: relative }) + "\n");
}

function parse(text: string | undefined): z.infer<typeof readingSchema> | undefined {
  try {
    return text === undefined ? undefined : readingSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
