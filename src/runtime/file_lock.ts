// A file that one process holds: a lock of the kernel's on it, which ends with the process however that ends.

import type { FileLock } from "../ports/host.ts";
import { systemClock } from "./clock.ts";

/** One that nobody holds is had at once; Deno knows no way to ask without waiting. */
const WAIT_MS = 3_000;

/** See `Files.lock`. */
export async function lockFile(path: string, there?: "there"): Promise<FileLock> {
  const how = there ? { read: true } : { read: true, write: true, create: true, mode: 0o600 };
  const file = await Deno.open(path, how);
  const limit = new AbortController();
  const taking = file.lock(true).then(() => "held" as const, () => "unsupported" as const);
  const late = systemClock.sleep(WAIT_MS, limit.signal).then(() => "taken" as const, () => "taken" as const);
  const outcome = await Promise.race([taking, late]);
  limit.abort();
  if (outcome === "held") return { held: true, release: () => Promise.resolve(file.close()) };
  // Should the wait end one day, the lock goes back at once.
  void taking.then(() => file.close());
  return { held: false, why: outcome };
}
