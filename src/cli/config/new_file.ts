// Whether a configuration can be written where it is to go: asked before anything is asked, said or made.

import type { Host } from "../../ports/host.ts";
import { EXIT, Failure } from "../terminal/exit.ts";

/** Throws `Failure` where something is there already, which stays as it is, or where there is no such folder. */
export async function assertNew(path: string, { files }: Host): Promise<void> {
  if (await files.info(path) !== undefined) {
    throw new Failure(
      EXIT.failed,
      `'${path}' is there already, and stays as it is: name another one with --output, or edit it and run ` +
        "`schelly validate config`",
    );
  }
  const folder = path.slice(0, path.lastIndexOf("/")) || "/";
  if (folder !== files.workingFolder() && await files.info(folder) === undefined) {
    throw new Failure(EXIT.failed, `Cannot write '${path}': there is no folder '${folder}', make it first`);
  }
}
