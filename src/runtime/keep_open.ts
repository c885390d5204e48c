// Sees to it that what listens goes on listening: the file of a unix socket may be removed under it, as cleaners of
// temporary files do.

import { type Bound, cut } from "./bound_server.ts";
import { systemClock } from "./clock.ts";
import { writeError } from "./terminal.ts";

/** Between two looks whether connections are still taken. */
const LOOK_MS = 5_000;

/** What listens now; it is looked at until `closing` aborts. */
interface OpenServers {
  readonly bound: Bound[];
  readonly closing: AbortSignal;
}

/** Looks at `one`, and has `bindAgain` open it again. Resolves when it is none of those that listen any more. */
export async function keepOpen(
  { bound, closing }: OpenServers,
  one: Bound,
  bindAgain: (one: Bound) => Promise<Bound>,
): Promise<void> {
  const isMissed = () => !closing.aborted && bound.includes(one);
  let trouble: string | undefined;
  for (;;) {
    await systemClock.sleep(LOOK_MS, closing).catch(() => {});
    if (!isMissed()) return;
    // One that could not be opened again is not asked: somebody else may answer in its place.
    if (trouble === undefined) {
      if (await isTaking(one)) continue;
      writeError(
        `No connections are taken at ${one.address}: all there are are cut, then it listens again\n`,
      );
      await cut(one);
    }
    const next = await bindAgain(one).catch((error: Error) => {
      if (error.message !== trouble) {
        writeError(`${error.message}; tried again every ${LOOK_MS / 1000} s\n`);
      }
      trouble = error.message;
    });
    if (next === undefined) continue;
    if (!isMissed()) return await cut(next);
    bound[bound.indexOf(one)] = next;
    one = next;
    trouble = undefined;
  }
}

/** False only when the kernel says that nobody listens, or that the socket's file is gone. */
async function isTaking({ addr }: Bound): Promise<boolean> {
  try {
    (await Deno.connect(addr as Deno.ConnectOptions)).close();
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.ConnectionRefused) && !(error instanceof Deno.errors.NotFound);
  }
}
