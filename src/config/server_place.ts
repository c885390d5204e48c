// Where the server of a configuration listens: all that a command needs which talks to it. The rest of the
// configuration is not judged, so that an edit that goes wrong takes no command down.

import type { Json } from "../domain/job.ts";
import type { Files } from "../ports/host.ts";
import { pathFrom, usualSocket } from "./build/build_server.ts";
import { parseYaml } from "./document/document.ts";
import { findTexts, type Found } from "./document/find.ts";
import { Report } from "./document/report.ts";
import { isMapping, type Mapping, markAt, markEntry, type Marks, valueAt } from "./document/tree.ts";
import { DEFAULT_LISTEN, overlayServer } from "./environment/env_server.ts";
import { SECTIONS } from "./schema/schema.ts";
import { ServerSchema } from "./schema/schema_server.ts";
import { type ListenAddress, parseListen } from "./values/listen.ts";
import { nearest } from "./values/nearest.ts";

const DOORS = ["listen", "socket"] as const;

type Door = typeof DOORS[number];

/** What a command knows of the doors of the server whose configuration it was given. */
export interface ServerPlace {
  /** Null: no TCP. */
  listen: ListenAddress | null;
  /** Null: no unix socket. */
  socket: string | null;
  tls: boolean;
  /** Doors that are supposed where they are by default, since what the configuration says of them cannot be read. */
  supposed: Door[];
}

interface PlaceRequest {
  /** `--config`. */
  config: string | undefined;
  env: Record<string, string>;
  files: Files;
}

/** Null: there is no configuration of any kind, and nothing that names a place. Never rejects for what one says. */
export async function findServerPlace({ config, env, files }: PlaceRequest): Promise<ServerPlace | null> {
  const root: Mapping = {};
  const marks: Marks = new WeakMap();
  const report = new Report(root, marks);
  const found = await findTexts({ config, env, files }, report);
  const unread = found === undefined || report.hasErrors();
  const doubted = found === undefined ? new Set<Door>() : readTexts(found, env, root, marks);
  if (found !== undefined && unread) DOORS.forEach((door) => doubted.add(door));
  overlayServer({ env, flags: {}, envJob: false }, root, marks, report);
  if (found === undefined && !isMapping(root.server)) return null;

  const supposed = new Set<Door>();
  const written = (door: Door): string | undefined => {
    const value = valueAt(root, ["server", door]);
    const mark = markAt(root, marks, ["server", door]);
    // A variable may be set where the server runs and not here.
    if (typeof value === "string" && value !== "" && mark?.told !== true) return value;
    if (value !== undefined || doubted.has(door)) supposed.add(door);
    return undefined;
  };
  const [listen, socket] = [written("listen") ?? DEFAULT_LISTEN, written("socket")];
  let address = listen === "none" ? null : parseListen(listen);
  if (address !== null && "error" in address) {
    supposed.add("listen");
    address = parseListen(DEFAULT_LISTEN) as ListenAddress;
  }
  const base = found?.base ?? files.workingFolder();
  const paths = { report, base, working: files.workingFolder() };
  return {
    listen: address,
    socket: socket === undefined
      ? await usualSocket(files)
      : socket === "none"
      ? null
      : pathFrom(["server", "socket"], socket, paths),
    tls: isMapping(valueAt(root, ["server", "tls"])),
    supposed: [...supposed],
  };
}

/** Puts the section `server` of the texts into the document. Answers of which doors they may say what was not read. */
function readTexts({ texts }: Found, env: Record<string, string>, root: Mapping, marks: Marks): Set<Door> {
  const doubted = new Set<Door>();
  for (const { name, text } of texts) {
    const document = parseYaml(name, text, env, marks, { anyhow: true });
    const tree = document.tree ?? {};
    const isBroken = document.tree === undefined || document.issues.some(({ unset }) => unset !== true);
    for (const door of DOORS) {
      const isNamed = isBroken && new RegExp(`\\b${door}\\b["']?\\s*:`).test(text);
      if (isNamed && valueAt(tree, ["server", door]) === undefined) doubted.add(door);
    }
    if (Object.hasOwn(tree, "server")) {
      // One that stands in two files, or is no mapping, says nothing that can be relied on.
      if (root.server !== undefined || !isMapping(tree.server)) DOORS.forEach((door) => doubted.add(door));
      root.server = tree.server!;
      markEntry(marks, root, "server", marks.get(tree)?.get("server") ?? {});
    }
    if (mayMeanDoors(tree)) DOORS.forEach((door) => doubted.add(door));
  }
  return doubted;
}

/** True where a key that does not exist may be `server`, or one within it `listen` or `socket`, mistyped. */
function mayMeanDoors(tree: Mapping): boolean {
  const sections: readonly string[] = [...SECTIONS, "jobs"];
  const isMistyped = ([key, value]: [string, Json]) =>
    !sections.includes(key) &&
    (nearest(key, sections) === "server" || (isMapping(value) && DOORS.some((door) => door in value)));
  const own = isMapping(tree.server) ? Object.keys(tree.server) : [];
  return Object.entries(tree).some(isMistyped) || own.some((key) => !Object.hasOwn(ServerSchema.shape, key));
}
