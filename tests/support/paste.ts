// Runs what a page says to paste, in one shell and an empty folder, as somebody does who has never used Schelly.

import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Ended, PROGRAM, type Rig } from "./program.ts";

const PROJECT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * The commands of the blocks, one after the other; the first that fails ends it, and what they have started ends with it.
 * `before`: commands that make what a reader has already. What a page starts in a terminal of its own runs beside.
 */
export async function paste(rig: Rig, blocks: readonly string[], before = ""): Promise<Ended> {
  const [tools, folder] = [`${rig.folder}/tools`, `${rig.folder}/try`];
  await mkdir(tools);
  await mkdir(folder);
  const program = PROGRAM.map((word) => `'${word}'`).join(" ");
  await writeFile(`${tools}/schelly`, `#!/bin/sh\nexec ${program} "$@"\n`, { mode: 0o755 });
  const commands = blocks.flatMap((block) => block.split("\n")).map(besideWhatServes);
  const script = `set -e -o pipefail
cd '${folder}'
trap 'kill $(jobs -p) 2>/dev/null; [ ! -e redis.sock ] || redis-cli -s "$PWD/redis.sock" shutdown nosave >/dev/null 2>&1; ' EXIT
${before}
${commands.join("\n")}`;
  return await rig.spawn("a newcomer", ["timeout", "300", "bash", "-mc", script], {
    PATH: `${tools}:${Deno.env.get("PATH")}`,
    PROJECT,
    HOME: folder,
  }).ended;
}

/** `schelly run` alone on its line does not end by itself: it is waited for until it answers. */
function besideWhatServes(line: string): string {
  const command = line.replace(/\s+#.*$/, "");
  if (!/^schelly run(?: --config \S+)?$/.test(command)) return line;
  const [, config = ""] = /^schelly run(.*)$/.exec(command)!;
  return `${command} > schelly.log 2>&1 &
SERVER=$!
until schelly healthcheck${config} > /dev/null 2>&1; do kill -0 $SERVER || { cat schelly.log >&2; exit 1; }; sleep 0.5; done`;
}
