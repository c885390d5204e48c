// Signals from the outside: stop, reload.

/** Calls `handler` on each signal, in place of what the signal does by default; returns what removes it. */
export function onSignal(signal: "SIGINT" | "SIGTERM" | "SIGHUP", handler: () => void): () => void {
  Deno.addSignalListener(signal, handler);
  return () => Deno.removeSignalListener(signal, handler);
}
