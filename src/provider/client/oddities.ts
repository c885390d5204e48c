// Takes the backups that a provider answered, and tells of what is odd about them, once each.

import type { EventSink } from "../../ports/events.ts";
import type { Clock } from "../../ports/host.ts";
import type { BackupInfo } from "../../ports/provider.ts";
import type { ReadBackup } from "../protocol/protocol.ts";
import { shorten } from "./call_errors.ts";

/** How many oddities are remembered, so that each is told once and not at every poll. */
const ODDITIES = 1000;

/** A backup that could be read. */
export type Read = ReadBackup & { ok: true };

/** Tells of its notes, and gives the backup. */
export type Accept = (read: Read) => BackupInfo;

/** No oddity was told yet. */
export function createAccept(
  providerKey: string,
  ports: { sink: EventSink; clock: Clock },
  redact: (text: string) => string,
): Accept {
  const told = new Set<string>();
  return ({ backup, notes }) => {
    for (const note of notes.filter((note) => !told.has(note))) {
      if (told.size >= ODDITIES) told.clear();
      told.add(note);
      ports.sink.emit({
        type: "provider.odd",
        level: "warning",
        at: ports.clock.now(),
        message: redact(`Provider '${providerKey}' answered oddly for '${shorten(backup.id)}': ${note}`),
        data: { provider: providerKey, id: shorten(backup.id), note: redact(note) },
      });
    }
    return backup;
  };
}
