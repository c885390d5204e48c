// Whether a first configuration meets a restic repository that is there already, and the password that opens it.

import { beforeName, resolvePath } from "../../domain/path.ts";
import type { Host } from "../../ports/host.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { answerTo } from "./ask.ts";

/** `hidden`: this user may not look. `elsewhere`: it is no folder of this machine. */
type Repository = "absent" | "there" | "hidden" | "elsewhere";

/** The repository at this place, as `restic -r` takes it. */
async function lookForRepository(repository: string, { files }: Host): Promise<Repository> {
  const folder = repository.replace(/^local:/, "");
  if (isElsewhere(folder)) return "elsewhere";
  const path = resolvePath(files.workingFolder(), folder);
  try {
    const config = await files.info(resolvePath(path, "config"));
    if (config?.isFile !== true) return "absent";
    const parts = await Promise.all(["data", "keys"].map((name) => files.info(resolvePath(path, name))));
    return parts.some((part) => part?.isDirectory) ? "there" : "absent";
  } catch {
    return "hidden";
  }
}

/** True for what restic reaches by a protocol. */
export function isElsewhere(repository: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(repository) && !repository.startsWith("local:");
}

/** Where the password is to be, and whether the repository is still to be made. */
interface Password {
  written: string;
  isNew: boolean;
}

/**
 * The password file of a repository: one that is named or beside the configuration, else a new one. A repository that is there
 * has its password already: no new one is made, and its file is asked for.
 */
export async function passwordFor(
  repository: string,
  { flag, usual, file }: { flag: string | undefined; usual: string; file: string },
  host: Host,
): Promise<Password> {
  const kind = await lookForRepository(repository, host);
  const isNew = kind === "absent" || kind === "elsewhere";
  const beside = resolvePath(beforeName(file), flag ?? usual);
  const trouble = await troubleOf(beside, host);
  if (trouble === undefined) return { written: flag ?? usual, isNew };
  const isThere = await host.files.info(beside).catch(() => undefined) !== undefined;
  if (isThere) {
    throw new Failure(EXIT.usage, `Cannot use '${beside}' as the password of the repository: it ${trouble}`);
  }
  if (isNew) return { written: flag ?? usual, isNew };
  const why = kind === "there"
    ? `There is a restic repository in ${repository} already`
    : `This user may not look into ${repository}, which may be a repository`;
  if (!host.terminal.inIsTty && flag === undefined) {
    throw new Failure(EXIT.usage, `${why}: expected --password-file with the file that holds its password`);
  }
  const written = await answerTo<string>(
    {
      words: `${why}. Which file holds its password?`,
      flag: "--password-file",
      example: "/root/.restic-password",
      judge: async (answer) => {
        const path = resolvePath(host.files.workingFolder(), fromHome(answer, host));
        const wrong = await troubleOf(path, host);
        return wrong === undefined ? { value: path } : { error: `'${path}' ${wrong}` };
      },
    },
    flag,
    host,
  );
  return { written, isNew };
}

/** Makes a missing password; the path of the new file, or undefined where there is one. */
export async function makePassword(written: string, file: string, host: Host): Promise<string | undefined> {
  const path = resolvePath(beforeName(file), written);
  if (await host.files.info(path) !== undefined) return undefined;
  await host.files.writeText(path, `${host.secrets.token()}\n`, 0o600);
  return path;
}

/** `~/x` as a shell reads it, which does not read answers. */
export function fromHome(path: string, { env }: Pick<Host, "env">): string {
  return env.HOME && /^~(?:\/|$)/.test(path) ? `${env.HOME}${path.slice(1)}` : path;
}

/** Why the file holds no password; of one that only others may read nothing is known. */
async function troubleOf(path: string, { files }: Host): Promise<string | undefined> {
  const { readSecretFile } = await import("../../config/environment/secrets.ts");
  const wrong = await readSecretFile(path, files).then(() => undefined, (error: Error) => error.message);
  return wrong?.startsWith("cannot be read") ? undefined : wrong;
}
