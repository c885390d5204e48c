// What a program takes of its machine, all of it known.

import type { ProcessUsage } from "../../src/ports/host.ts";

export const USAGE: ProcessUsage = {
  cpu: { user: 2.5, system: 0.5 },
  rss: 80_000_000,
  heapUsed: 20_000_000,
  virtual: 3_000_000_000,
  openFiles: 24,
  maxFiles: 1024,
};
