// Tells systemd how the program does, as sd_notify(3) describes: datagrams to the socket that it names.

import { tmpdir } from "node:os";
import type { Supervisor } from "../ports/host.ts";
import { writeError } from "./terminal.ts";

/** The supervisor that `env` names; null where none does. */
export function createSupervisor(env: Record<string, string>, pid: number): Supervisor | null {
  const target = env.NOTIFY_SOCKET;
  if (!target) return null;
  let sender: Deno.DatagramConn | undefined;
  let sent: Promise<unknown> = Promise.resolve();
  let failed = false;
  const fail = (error: Error) => {
    if (!failed) writeError(`warning: Cannot tell systemd at ${target}: ${error.message}\n`);
    failed = true;
  };
  return {
    watchdogMs: watchdogOf(env, pid),
    tell(message) {
      const text = Object.entries(message).map(([key, value]) => `${key}=${value.replaceAll("\n", " ")}`);
      const bytes = new TextEncoder().encode(text.join("\n"));
      try {
        sender ??= openSender(env, pid);
        const to = { transport: "unixpacket", path: target } as const;
        const through = sender;
        // One after the other, so that the last word is the last that arrives.
        sent = sent.then(() => through.send(bytes, to)).catch(fail);
      } catch (error) {
        fail(error as Error);
      }
    },
  };
}

/** A socket to send from; its name in the file system is gone at once, nobody answers to it. */
function openSender(env: Record<string, string>, pid: number): Deno.DatagramConn {
  // systemd names several folders with colons in between.
  const folders = [...(env.RUNTIME_DIRECTORY?.split(":") ?? []), tmpdir()];
  let last: unknown;
  for (const folder of folders) {
    const path = `${folder}/.schelly-notify-${pid}-${crypto.randomUUID().slice(0, 8)}`;
    try {
      const sender = Deno.listenDatagram({ transport: "unixpacket", path });
      Deno.removeSync(path);
      return sender;
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

/** Half of what systemd allows would be too late for a loop that naps: the whole is told, the loop decides. */
function watchdogOf(env: Record<string, string>, pid: number): number | null {
  if (env.WATCHDOG_PID && env.WATCHDOG_PID !== String(pid)) return null;
  const micros = Number(env.WATCHDOG_USEC);
  return micros > 0 && Number.isFinite(micros) ? micros / 1000 : null;
}
