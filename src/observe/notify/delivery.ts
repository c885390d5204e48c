// What the deliveries of all channels share: ports, the words of an installation, a limit of time.

import type { Clock, Http, Processes } from "../../ports/host.ts";
import type { SendMail } from "../../ports/notifier.ts";
import type { Waiting } from "../../ports/outbox.ts";

export interface DeliveryParts {
  clock: Pick<Clock, "now" | "timeout">;
  http: Http;
  httpWith(tls: { ca: string }): Http;
  processes: Pick<Processes, "run">;
  mail: SendMail;
  /** The environment of this program. */
  env: Record<string, string>;
  /** Names this installation in what programs read: an address, or a name of its own. */
  source(): string;
}

export type Message = Pick<Waiting, "id" | "createdAt" | "notice">;

/** Runs the work with a signal that aborts after `ms` or with `stop`; rejects in words when that was why. */
export async function inTime<T>(
  clock: DeliveryParts["clock"],
  ms: number,
  stop: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = clock.timeout(ms);
  const over = Promise.withResolvers<never>();
  const end = () => over.reject(new Error("it was cut off"));
  limit.signal.addEventListener("abort", end);
  stop.addEventListener("abort", end);
  try {
    // Also work that does not heed its signal ends here.
    return await Promise.race([work(AbortSignal.any([limit.signal, stop])), over.promise]);
  } catch (error) {
    if (limit.signal.aborted) throw new Error(`it took longer than ${ms / 1000} s`);
    throw error;
  } finally {
    limit.dispose();
    limit.signal.removeEventListener("abort", end);
    stop.removeEventListener("abort", end);
  }
}
