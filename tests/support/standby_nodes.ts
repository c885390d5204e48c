// Instances of the program on one libSQL server, each with a folder, a name and doors of its own.

import { mkdir, writeFile } from "node:fs/promises";
import { type Child, freePort, PROGRAM, type Rig, until } from "./program.ts";
import type { SqldServer } from "./sqld_server.ts";

/** One instance; it may be started again. */
export interface Node {
  name: string;
  url: string;
  folder: string;
  socket: string;
  child: Child;
  /** Starts it again on its folder. */
  start(): Promise<void>;
  /** The status and body of a GET, as JSON where it is some; undefined where nobody answers. */
  get(path: string): Promise<{ status: number; body: any } | undefined>;
  /** Waits until it is active. */
  active(): Promise<void>;
  /** Waits until it is on standby. */
  standby(): Promise<void>;
}

interface NodeOptions {
  /** Below its own server, state and standby. */
  yaml: string;
  /** Absent: `standby` with its name and address; empty: none. */
  standby?: string;
}

/** Starts one, without waiting for anything. */
export async function startNode(
  rig: Rig,
  sqld: SqldServer,
  name: string,
  options: NodeOptions,
): Promise<Node> {
  const folder = `${rig.folder}/${name}`;
  await mkdir(folder, { recursive: true });
  const url = `http://127.0.0.1:${freePort()}`;
  const socket = `${folder}/schelly.sock`;
  const { standby = `standby: { name: ${name}, address: "${url}" }\n` } = options;
  await writeFile(
    `${folder}/schelly.yaml`,
    `server: { listen: "${url.slice(7)}", socket: ${socket}, auth: none }\nstate: { url: "${sqld.url}" }\n` +
      `log: { level: debug }\n${standby}${options.yaml}`,
  );
  const spawn = () =>
    rig.spawn(name, [...PROGRAM, "run", "--config", `${folder}/schelly.yaml`], { STATE_DIRECTORY: folder });
  const get = async (path: string) => {
    const response = await fetch(`${url}${path}`).catch(() => undefined);
    if (response === undefined) return undefined;
    const text = await response.text().catch(() => "");
    return {
      status: response.status,
      body: text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text,
    };
  };
  const node: Node = {
    ...{ name, url, folder, socket, get },
    child: spawn(),
    start() {
      node.child = spawn();
      return Promise.resolve();
    },
    async active() {
      await until(`${name} is active`, async () => (await get("/readyz"))?.body.ready === true, 120_000);
    },
    async standby() {
      await until(
        `${name} is on standby`,
        async () => (await get("/readyz"))?.body.role === "standby",
        120_000,
      );
    },
  };
  return node;
}
