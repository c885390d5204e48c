// Containers without a container engine: a read-only root of a few files, a private /tmp, and one network for several,
// by the namespaces that an engine uses as well. Needs root, util-linux and iproute2.

import { existsSync, mkdirSync } from "node:fs";
import { chown } from "node:fs/promises";
import process from "node:process";
import type { Child, Ended, Environment, Rig } from "./program.ts";
import { missing } from "./require_tool.ts";

export interface ContainerSpec {
  /** Host programs that its root holds, with the libraries they name; by path there, the path on the host. */
  programs: Record<string, string>;
  env: Environment;
  /** `uid:gid`. */
  user: string;
  argv: string[];
  /** What root may still do there, `dac_override`; nobody else may do any of it. */
  capabilities?: string[];
  /** Files of the host that it may read, by path in the container. */
  files?: Record<string, string>;
  /** Folders of the host, by path in the container. */
  volumes: Record<string, { from: string; readOnly: boolean }>;
}

export interface Container {
  child: Child;
  /** What `docker exec` does. */
  exec(...argv: string[]): Promise<Ended>;
}

export interface Answered {
  status: number;
  body: string;
}

/** False when such containers can be made here, else why not. */
export function whyNoContainers(): string | false {
  const tries = new Deno.Command("unshare", {
    args: [
      "--mount",
      "--net",
      "sh",
      "-ec",
      "ip link set lo up; mount -t tmpfs none /mnt; command -v chroot nsenter",
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  });
  try {
    if (tries.outputSync().success) return false;
  } catch {
    // No unshare at all.
  }
  return missing("namespaces", "this process may not make mount and network namespaces with unshare and ip");
}

/** A network of its own, in which every container is reached on loopback; it ends with the rig. */
export class ContainerNetwork {
  readonly #folders: string;
  #count = 0;

  private constructor(readonly rig: Rig, readonly holder: Child, readonly names: readonly string[]) {
    this.#folders = `${rig.folder}/containers`;
    mkdirSync(this.#folders);
  }

  /** `names`: the hosts that its containers know, all of them this machine; `web 127.0.1.1`: at an address of its own. */
  static async open(rig: Rig, names: readonly string[]): Promise<ContainerNetwork> {
    const keep = "ip link set lo up && echo up && exec sleep 300";
    const holder = rig.spawn("network", ["unshare", "--net", "sh", "-c", keep]);
    await holder.said("out", /^up$/m);
    return new ContainerNetwork(rig, holder, names);
  }

  /** A folder for a volume, owned as an engine would. */
  async volume(name: string, user: string): Promise<string> {
    const folder = `${this.#folders}/volume-${name}`;
    mkdirSync(folder, { recursive: true });
    const [uid, gid] = user.split(":").map(Number);
    await chown(folder, uid!, gid!);
    return folder;
  }

  /** Starts a program of the host in this network. */
  spawn(name: string, argv: readonly string[], env: Environment = {}): Child {
    return this.rig.spawn(name, ["nsenter", `--net=/proc/${this.holder.pid}/ns/net`, ...argv], env);
  }

  /** Asks by HTTP from within the network; status 0 when there is no answer. */
  async request(method: string, url: string): Promise<Answered> {
    return (await this.requests(method, [url]))[0]!;
  }

  /** Asks several, one after the other. */
  async requests(method: string, urls: readonly string[]): Promise<Answered[]> {
    const ask = `const answers = [];
      for (const url of Deno.args.slice(1)) {
        try {
          const response = await fetch(url, { method: Deno.args[0] });
          answers.push({ status: response.status, body: await response.text() });
        } catch (error) {
          answers.push({ status: 0, body: error.message });
        }
      }
      console.log(JSON.stringify(answers));`;
    const asked = await this.spawn("request", [Deno.execPath(), "eval", "--no-config", ask, method, ...urls])
      .end();
    if (asked.code !== 0) throw new Error(`Cannot ask within the network: ${asked.err}`);
    return JSON.parse(asked.out);
  }

  /** Starts a container. */
  start(name: string, spec: ContainerSpec): Container {
    const root = `${this.#folders}/root-${++this.#count}`;
    mkdirSync(root);
    const environment = Object.entries({ PATH, ...spec.env }).map(([key, value]) => `${key}=${value}`);
    // Two more than in a container: those that lead into it.
    const left = ["sys_chroot", "setgid", ...spec.capabilities ?? []].map((name) => `,+${name}`).join("");
    const confine = spec.user.startsWith("0:")
      ? [which("setpriv"), "--no-new-privs", `--bounding-set=-all${left}`]
      : [];
    const enter = [
      "env",
      "-i",
      ...environment,
      ...confine,
      which("chroot"),
      `--userspec=${spec.user}`,
      "--groups=",
      root,
    ];
    const script = ["set -eu", ...layRoot(root, spec, this.names), `exec ${quote([...enter, ...spec.argv])}`];
    const child = this.spawn(name, ["unshare", "--mount", "sh", "-c", script.join("\n")]);
    const [uid, gid] = spec.user.split(":");
    const exec = (...argv: string[]) => {
      const into = [
        `--target=${child.pid}`,
        "--mount",
        "--net",
        "--root",
        "--wd",
        `--setuid=${uid}`,
        `--setgid=${gid}`,
      ];
      return this.rig.spawn(`exec in ${name}`, [
        ...["env", "-i", ...environment, which("nsenter"), ...into, "--"],
        ...argv,
      ]).end();
    };
    return { child, exec };
  }
}

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

function layRoot(root: string, spec: ContainerSpec, names: readonly string[]): string[] {
  const bind = (from: string, to: string, more = "") => `mount --bind ${quote([from, root + to])}${more}`;
  const asFile = (to: string) => `mkdir -p ${quote([folderOf(root + to)])}; : > ${quote([root + to])}`;
  const asFolder = (to: string) => `mkdir -p ${quote([root + to])}`;
  const files = new Map(Object.entries(spec.programs));
  for (const program of Object.values(spec.programs)) {
    for (const library of librariesOf(program)) files.set(library, library);
  }
  for (const [to, from] of Object.entries(spec.files ?? {})) files.set(to, from);
  const devices = ["/dev/null", "/dev/zero", "/dev/urandom"];
  const [uid, gid] = spec.user.split(":");
  return [
    `mount -t tmpfs -o mode=755 root ${quote([root])}`,
    ...[...files].flatMap(([to, from]) => [asFile(to), bind(from, to)]),
    ...devices.flatMap((device) => [asFile(device), bind(device, device)]),
    ...[asFolder("/proc"), bind("/proc", "/proc"), asFolder("/etc"), asFolder("/tmp")],
    `printf '%s\\n' ${quote(hostLines(names))} > ${quote([`${root}/etc/hosts`])}`,
    `echo ${quote([`someone:x:${uid}:${gid}::/:/nowhere`])} > ${quote([`${root}/etc/passwd`])}`,
    ...Object.entries(spec.volumes).flatMap(([to, { from, readOnly }]) => [
      asFolder(to),
      bind(from, to, readOnly ? `; mount -o remount,bind,ro ${quote([root + to])}` : ""),
    ]),
    `mount -t tmpfs -o mode=1777,exec tmp ${quote([`${root}/tmp`])}`,
    `mount -o remount,ro ${quote([root])}`,
  ];
}

function hostLines(names: readonly string[]): string[] {
  const apart = names.filter((name) => name.includes(" ")).map((name) => name.split(" "));
  const here = names.filter((name) => !name.includes(" "));
  return [`127.0.0.1 localhost ${here.join(" ")}`, ...apart.map(([name, address]) => `${address} ${name}`)];
}

/** The libraries that a program names, the loader included. */
function librariesOf(program: string): string[] {
  const { stdout } = new Deno.Command("ldd", { args: [program] }).outputSync();
  return [...new TextDecoder().decode(stdout).matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path!);
}

/** Where the host has a program. */
export function which(program: string): string {
  for (const folder of `${process.env.PATH ?? ""}:${PATH}`.split(":")) {
    if (folder !== "" && existsSync(`${folder}/${program}`)) return `${folder}/${program}`;
  }
  throw new Error(`${program} is not installed`);
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function quote(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}
