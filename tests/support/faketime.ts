// libfaketime, which moves the clock of a real program while it runs.

import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import type { Environment, Rig } from "./program.ts";

/** The library; undefined where it is not installed. */
export const FAKETIME: string | undefined = [
  "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
  "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
  "/usr/lib/faketime/libfaketimeMT.so.1",
].find((path) => existsSync(path));

/** The clock of the program, moved while it runs. */
export interface MovedClock {
  env: Environment;
  /** How far it is off the right one: `+0`, `-365d`. */
  set(offset: string): Promise<void>;
}

/** The clock of what is started with its environment; to be set before the first start. */
export function movedClock(rig: Rig): MovedClock {
  const file = `${rig.folder}/faketime`;
  return {
    env: {
      LD_PRELOAD: FAKETIME!,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
    set: (offset) => writeFile(file, offset),
  };
}
