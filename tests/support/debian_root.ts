// A minimal Debian to install packages in: made once by debootstrap, and laid under a folder in memory, so that each test
// begins with it as it was. Needs root and namespaces.

import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import process from "node:process";
import type { Child, Ended, Rig } from "./program.ts";
import { mayLack, skipped } from "./require_tool.ts";
import { whyNoContainers } from "./scratch_container.ts";

/** The oldest that packages of ours install on. */
const SUITE = "bookworm";
/** Users and folders are made by systemd's own programs, without the rest of it. */
const INCLUDED = "systemd-standalone-sysusers,systemd-standalone-tmpfiles";
const CACHE = process.env.XDG_CACHE_HOME ?? `${process.env.HOME ?? "/tmp"}/.cache`;
const BASE = `${CACHE}/schelly-tests/debian-${SUITE}`;

/** False once the root is there; else why it cannot be had, and tests are skipped with that word. */
export function whyNoDebianRoot(): string | false {
  const lacking = mayLack("debootstrap", ["--version"]) || whyNoContainers();
  if (lacking || existsSync(BASE)) return lacking;
  const partial = `${BASE}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const { success, stdout } = new Deno.Command("timeout", {
    args: ["300", "debootstrap", "--variant=minbase", `--include=${INCLUDED}`, SUITE, partial],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).outputSync();
  if (success) {
    renameSync(partial, BASE);
    return false;
  }
  rmSync(partial, { recursive: true, force: true });
  const said = new TextDecoder().decode(stdout).trim().split("\n").at(-1) ?? "";
  return skipped("a Debian root", `debootstrap could not make one: ${said}`);
}

/** One of its own; it ends with the rig. */
export class DebianRoot {
  readonly #root: string;

  private constructor(readonly rig: Rig, readonly holder: Child) {
    this.#root = `${rig.folder}/debian/root`;
  }

  /** `packages` is a folder of the host, seen as /packages. */
  static async open(rig: Rig, packages: string): Promise<DebianRoot> {
    const lay = `set -eu
      mkdir ${rig.folder}/debian; mount -t tmpfs none ${rig.folder}/debian; cd ${rig.folder}/debian
      mkdir upper work root
      mount -t overlay overlay -o lowerdir=${BASE},upperdir=upper,workdir=work root
      mkdir root/packages; mount --bind ${packages} root/packages
      mount --bind /proc root/proc; mount --rbind /dev root/dev; mount -t tmpfs none root/run
      ip link set lo up; echo up; exec sleep 600`;
    const holder = rig.spawn("debian", ["unshare", "--mount", "--net", "sh", "-c", lay]);
    await holder.said("out", /^up$/m);
    return new DebianRoot(rig, holder);
  }

  /** Runs a shell script in it, as root. */
  async run(script: string, env: Record<string, string> = {}): Promise<Ended> {
    const variables = { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8", PATH, ...env };
    return await this.rig.spawn("in debian", [
      ...["nsenter", `--target=${this.holder.pid}`, "--mount", "--net"],
      ...["env", "-i", ...Object.entries(variables).map(([name, value]) => `${name}=${value}`)],
      ...["chroot", this.#root, "sh", "-euc", script],
    ]).end();
  }
}

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
