// Plays services of a compose file in scratch containers: their images as the Dockerfile describes them.

import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { readStage, type Stage } from "./dockerfile.ts";
import { type Container, type ContainerNetwork, type ContainerSpec, which } from "./scratch_container.ts";

/** What of a service is played. */
export interface Service {
  image: string;
  build?: { context: string; target?: string };
  command?: string[];
  environment?: Record<string, string>;
  volumes?: string[];
  /** Names in `secrets` of the file. */
  secrets?: string[];
  user?: string;
  cap_add?: string[];
  ports?: string[];
  healthcheck?: { test: string[] };
}

export interface ComposeFile {
  services: Record<string, Service>;
  secrets: Record<string, { file: string }>;
  volumes: Record<string, null>;
}

/** The folder that holds this project. */
export const PROJECT = resolve(import.meta.dirname!, "../..");
export const COMPOSE = `${PROJECT}/deploy/compose/compose.yaml`;

export async function readCompose(path = COMPOSE): Promise<ComposeFile> {
  return parse(await Deno.readTextFile(path)) as ComposeFile;
}

/** A stage of our Dockerfile; without a name the one that is built by default, its last. */
export async function ourStage(name?: string): Promise<Stage> {
  const text = await Deno.readTextFile(`${PROJECT}/Dockerfile`);
  return readStage(text, name ?? [...text.matchAll(/^FROM \S+ AS (\S+)$/gm)].at(-1)![1]!);
}

/**
 * Starts one of our own images. `binary` is the compiled program; `folders` are mounted as they are, by path; `compose` is
 * the file that the service stands in.
 */
export async function startOurs(
  network: ContainerNetwork,
  name: string,
  service: Pick<Service, "build" | "command" | "environment" | "volumes" | "secrets" | "user" | "cap_add">,
  binary: string,
  folders: Record<string, string> = {},
  compose = COMPOSE,
): Promise<Container> {
  const stage = await ourStage(service.build?.target);
  const spec: ContainerSpec = {
    programs: { "/usr/local/bin/schelly": binary },
    env: { ...stage.env, ...service.environment },
    user: service.user ?? stage.user,
    capabilities: service.cap_add?.map((name) => name.toLowerCase()),
    argv: [...stage.entrypoint, ...service.command ?? stage.cmd],
    volumes: {},
    files: {},
  };
  for (const program of PROGRAMS_OF[service.build?.target ?? "daemon"]!) {
    spec.programs[`/usr/bin/${program}`] = which(program);
  }
  for (const path of stage.volumes) {
    spec.volumes[path] = { from: await network.volume(`of-${name}`, stage.user), readOnly: false };
  }
  const { secrets } = await readCompose(compose);
  for (const name of service.secrets ?? []) {
    spec.files![`/run/secrets/${name}`] = resolve(dirname(compose), secrets[name]!.file);
  }
  await addVolumes(spec, service.volumes ?? [], network, stage.user, compose);
  for (const [path, from] of Object.entries(folders)) spec.volumes[path] = { from, readOnly: false };
  return network.start(name, spec);
}

/** What the replay of a stage finds on the host: programs of the packages that it installs, and of Debian's base. */
const PROGRAMS_OF: Record<string, string[]> = {
  daemon: [],
  slim: ["restic", "tar", "bash", "sh", "grep", "dd", "rm"],
};

/** Adds the volumes of a service: names are volumes, paths are folders of the project. */
async function addVolumes(
  spec: ContainerSpec,
  volumes: readonly string[],
  network: ContainerNetwork,
  user: string,
  compose: string,
): Promise<void> {
  for (const volume of volumes) {
    const [from = "", to = "", mode] = volume.split(":");
    const folder = from.startsWith(".") ? resolve(dirname(compose), from) : await network.volume(from, user);
    spec.volumes[to] = { from: folder, readOnly: mode === "ro" };
  }
}
