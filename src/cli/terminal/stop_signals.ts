// What a server does on SIGINT and SIGTERM: the first asks it to stop, the second ends it at once.

import type { Host } from "../../ports/host.ts";
import { EXIT } from "./exit.ts";

/** The signals that end a server; each promise answers the exit code of the signal. */
export interface StopSignals {
  asked: Promise<number>;
  again: Promise<number>;
  /** Gives the signals back to the system. */
  end(): void;
}

/** Takes the signals over until `end`. */
export function stopSignals(host: Pick<Host, "onSignal">): StopSignals {
  const asked = Promise.withResolvers<number>();
  const again = Promise.withResolvers<number>();
  let count = 0;
  const on = (code: number) => () => (count++ === 0 ? asked : again).resolve(code);
  const removers = [
    host.onSignal("SIGINT", on(EXIT.interrupted)),
    host.onSignal("SIGTERM", on(EXIT.terminated)),
  ];
  return { asked: asked.promise, again: again.promise, end: () => removers.forEach((remove) => remove()) };
}
