// Whether a configuration can be written where it is to go, asked before anything is asked, said or made; and whether it
// could be used there.

import { ConfigError } from "../../domain/errors.ts";
import { folderOf } from "../../domain/path.ts";
import type { Host } from "../../ports/host.ts";
import { loadConfiguration } from "../terminal/configuration.ts";
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
  const folder = folderOf(path);
  if (folder !== files.workingFolder() && await files.info(folder) === undefined) {
    throw new Failure(EXIT.failed, `Cannot write '${path}': there is no folder '${folder}', make it first`);
  }
}

/**
 * What is wrong with this text as the configuration at `path`, which is judged as every one is before it is written;
 * undefined: it can be used. Any other configuration of this machine is not looked at.
 */
export async function whyUnusable(path: string, text: string, host: Host): Promise<string | undefined> {
  const { withEdit } = await import("../../config/document/edited_files.ts");
  try {
    await loadConfiguration(
      { config: path },
      { ...host, files: withEdit(host.files, { path, text }) },
      "optional",
    );
    return undefined;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const errors = error.issues.filter(({ severity }) => severity === "error");
    return errors.map(({ path, message }) => `${path}: ${message}`).join("; ");
  }
}
