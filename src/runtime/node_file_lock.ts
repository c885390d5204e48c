// A file that one process holds, under Node, which knows no such locks: the program `flock` holds it, and ends with us.

import { spawn } from "node:child_process";
import type { FileLock } from "../ports/host.ts";

/** Ends when its input does, which the kernel sees to when this process ends; signals to all of a group pass it by. */
const HOLD = `trap "" TERM INT HUP; echo held; exec cat >/dev/null`;

/** See `Files.lock`; unsupported where there is no program `flock`. */
export function lockFile(path: string): Promise<FileLock> {
  return new Promise((resolve) => {
    const holder = spawn("flock", ["-n", path, "sh", "-c", HOLD], { stdio: ["pipe", "pipe", "ignore"] });
    const ended = new Promise<void>((over) => {
      holder.once("error", () => {
        over();
        resolve({ held: false, why: "unsupported" });
      });
      // Of util-linux and of busybox alike: 1 when another has it; other codes are of trouble with the file.
      holder.once("exit", (code) => {
        over();
        resolve({ held: false, why: code === 1 ? "taken" : "unsupported" });
      });
    });
    holder.stdin.on("error", () => {});
    holder.stdout.once("data", () => {
      // It must not keep this process from ending.
      holder.unref();
      (holder.stdin as unknown as { unref?(): void }).unref?.();
      (holder.stdout as unknown as { unref?(): void }).unref?.();
      const release = () => {
        holder.ref();
        holder.stdin.end();
        return ended;
      };
      resolve({ held: true, release });
    });
  });
}
