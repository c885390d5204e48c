// Relative paths are read from the folder they were read from before, or not at all.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProviderNotes } from "../../../src/ports/backup_memory.ts";
import { demandSameReading } from "../../../src/provider/builtin/restic_reading.ts";

const [HERE, THERE] = ["/etc/schelly", "/home/me"];

function memory() {
  const kept = new Map<string, string>();
  const notes: ProviderNotes = {
    read: (name) => Promise.resolve(kept.get(name)),
    write: (name, text) => Promise.resolve(void kept.set(name, text)),
    toForget: (name) => `forget '${name}'`,
  };
  return { notes, kept };
}

function reader(notes: ProviderNotes | null) {
  return (folder: string | undefined, found: string[], paths = ["data", "/etc"], otherFolder?: string) => {
    const info = (path: string) =>
      Promise.resolve(found.includes(path) ? { isFile: false, isDirectory: true } as never : undefined);
    const spec = {
      paths,
      ...(folder === undefined ? {} : { folder }),
      otherFolder: otherFolder ?? (folder === HERE ? THERE : HERE),
    };
    return demandSameReading(spec, { info, workingFolder: () => THERE }, notes);
  };
}

test("what was read in one folder is not read in the other while it is away", async () => {
  const { notes } = memory();
  const read = reader(notes);
  await read(undefined, [`${THERE}/data`]);
  await read(undefined, []);
  await assert.rejects(read(HERE, [`${HERE}/data`]), {
    reason: "other_folder",
    message:
      "'data' of paths led to '/home/me' until now, and to '/etc/schelly' as things are: put back what was there, " +
      "or write whole paths (such as /home/me/data). To go on with '/etc/schelly': forget 'reading'",
  });
  await read(undefined, [`${THERE}/data`]);
});

test("where nothing was there, other paths are written, or the file was moved, nothing stands against it", async () => {
  const { notes, kept } = memory();
  const read = reader(notes);
  await read(HERE, []);
  assert.equal(kept.size, 0, "nobody knows yet where they belong");
  await read(undefined, [`${THERE}/data`]);
  await read(HERE, [`${HERE}/mail`], ["mail"]);
  await read(undefined, [`${THERE}/data`]);
  await read("/srv/schelly", ["/srv/schelly/data"], ["data", "/etc"], "/srv");
  kept.set("reading", "no JSON");
  await read(HERE, [`${HERE}/data`]);
  await assert.rejects(read(undefined, [`${THERE}/data`]), { reason: "other_folder" });
  await reader(null)(undefined, [`${THERE}/data`]);
});
