// Journals of before, which lay in a folder for each built-in: read once, into the state; part of the composition root.

import type { BackupMemory, NoteName } from "../ports/backup_memory.ts";
import type { EventSink } from "../ports/events.ts";
import type { Host } from "../ports/host.ts";
import { journalFile, openFolderMemory } from "../provider/host/folder_memory.ts";
import { type JournalEntry, keptOf, readJournal } from "../provider/host/journal.ts";
import type { MovedMemory, StateMemories } from "../store/memory/state_memory.ts";

interface MovePorts extends Pick<Host, "clock" | "files" | "processes" | "pid"> {
  memories: Pick<StateMemories, "takeUp">;
  sink: EventSink;
}

/** Fences are not among them: those of a built-in inside Schelly were never kept. */
const NOTES: readonly NoteName[] = ["repository", "database", "upkeep", "processes"];
/** Of outputs, newest first: the batch must be small enough for a server's time limit. */
const OUTPUT_BYTES = 2 * 1024 * 1024;

/**
 * Takes up what the provider of this key kept in `folder`, unless that was done; the journal is renamed after. Killed
 * between, it is taken up again, which changes nothing. Rejects with `ProviderError` when the folder is damaged or in use.
 */
export async function takeUpFolder(ports: MovePorts, folder: string, key: string): Promise<void> {
  const { files, memories, clock, sink } = ports;
  const path = journalFile(folder);
  if (await files.info(path) === undefined) return;
  await using memory = await openFolderMemory(ports, folder);
  await memories.takeUp(key, await contentOf(memory));
  try {
    // First the copy: at each moment one of the two is whole.
    await files.writeText(`${path}.moved`, await files.readText(path), 0o600);
    await files.remove(path);
  } catch (error) {
    sink.emit({
      type: "provider.odd",
      level: "warning",
      at: clock.now(),
      message:
        `The journal '${path}' of provider '${key}' was taken up by the state, and cannot be renamed: ` +
        `${(error as Error).message}: it is read again at the next start, which changes nothing`,
      data: { provider: key },
    });
  }
}

async function contentOf(memory: BackupMemory): Promise<MovedMemory> {
  const entries = new Map<string, JournalEntry>();
  for (const entry of await readJournal(memory)) entries.set(entry.id, entry);
  const notes: { name: NoteName; text: string }[] = [];
  for (const name of NOTES) {
    const text = await memory.notes.read(name);
    if (text !== undefined) notes.push({ name, text });
  }
  const outputs: { id: string; text: string }[] = [];
  let bytes = 0;
  for (const id of (await memory.outputs.ids()).toReversed()) {
    const text = entries.has(id) ? await memory.outputs.read(id) : undefined;
    if (text === undefined) continue;
    bytes += text.length;
    if (bytes > OUTPUT_BYTES) break;
    outputs.unshift({ id, text });
  }
  return { entries: [...entries.values()].map(keptOf), notes, outputs };
}
