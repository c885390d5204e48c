// A state of a simulated world that is put back by the program's own command, and what it takes in after that: watched.

import * as fs from "node:fs";
import { Adoption } from "../../src/app/recovery/adoption.ts";
import { StoreError } from "../../src/domain/errors.ts";
import type { Engine } from "../../src/engine/engine.ts";
import type { FileTree } from "../../src/ports/file_tree.ts";
import type { Clock } from "../../src/ports/host.ts";
import { openDatabase } from "../../src/store/database/open_database.ts";
import { restoreFile } from "../../src/store/restore_file.ts";
import type { OpenStore } from "../../src/store/run_store.ts";
import * as check from "./checkers.ts";
import { simFiles } from "./sim_files.ts";

/** Synchronous, as all of the files of a world are. */
const simTree = {
  realPath: (path: string) => Promise.resolve(fs.existsSync(path) ? path : undefined),
  look(path: string) {
    const info = fs.statSync(path, { throwIfNoEntry: false });
    if (info === undefined) return Promise.resolve(undefined);
    const { size, uid, gid, mode, dev, ino } = info;
    return Promise.resolve({ type: "file", size, uid, gid, mode, device: String(dev), inode: String(ino) });
  },
  freeBytes: () => Promise.resolve(Infinity),
} as unknown as FileTree;

/**
 * `schelly state restore` of a copy that was made of a state in use: with its log written back into it. False where the copy
 * is of a state that had only just been begun, and holds nothing: that is refused, and all is as it was.
 */
export async function restoreByCommand(path: string, kept: string, now: number): Promise<boolean> {
  const clock = {
    now: () => now,
    monotonic: () => 0,
    yield: () => Promise.resolve(),
  } as unknown as Clock;
  const http = () => Promise.reject(new Error("no network here"));
  const ports = { files: simFiles, tree: simTree, clock, http };
  const copy = `${kept}.copy`;
  for (const suffix of ["", "-wal"]) {
    if (fs.existsSync(kept + suffix)) fs.copyFileSync(kept + suffix, copy + suffix);
  }
  const options = { token: null, waitMs: 0, requestTimeoutMs: 0 };
  await (await openDatabase({ kind: "file", path: copy }, ports, options)).close();
  const restored = await restoreFile(`file:${path}`, copy, false, ports).catch((error) => {
    if (error instanceof StoreError && error.message.endsWith("it is no state of Schelly's")) {
      return undefined;
    }
    throw error;
  });
  for (const left of [copy, restored?.keptAt ?? null]) if (left !== null) fs.rmSync(left, { force: true });
  return restored !== undefined;
}

interface Watching {
  engine: Engine;
  open: OpenStore;
  clock: Clock;
  witness: check.Witness;
  find(finding: check.Finding): void;
  note(line: string): void;
}

/** Begins to take in what providers list, where the state that was opened is to; each step passes the checkers. */
export function adoptWatched({ engine, open, clock, witness, find, note }: Watching): Adoption {
  const names = new Set(engine.jobNames());
  const asked = new Set<string>();
  const adoption = new Adoption({
    engine: {
      jobNames: () => engine.jobNames(),
      job: (name) => engine.job(name),
      async importBackups(job, wish) {
        const report = await engine.importBackups(job, wish);
        asked.add(`${job.job.name} ${job.job.providerKey}`);
        note(`adopted ${job.job.name} ${report?.rows.length ?? "-"}`);
        if (report !== undefined) {
          find(check.I58_restoreBringsBack(witness, job.job, wish.listed ?? [], report.skipped));
        }
        return report;
      },
    },
    store: {
      adoptsSince: open.adoptsSince,
      async adopted() {
        find(check.I58_allWereAsked(witness, names, asked));
        await open.adopted();
      },
    },
    clock,
    record: ({ message }) => Promise.resolve(note(message)),
  });
  adoption.start();
  return adoption;
}
