// Says whether a program could be started, without starting it.

import { resolvePath } from "../../domain/path.ts";
import type { Files } from "../../ports/host.ts";
import type { CheckResult } from "../../ports/provider.ts";

/** Looks `program` up as the system would: a name with a slash is a path (from `cwd`), any other is in `path`. */
export async function checkProgram(
  files: Files,
  name: string,
  program: string,
  path: string,
  cwd: string | null,
): Promise<CheckResult> {
  const here = cwd ?? files.workingFolder();
  const absolute = (text: string) => resolvePath(here, text);
  const candidates = program.includes("/")
    ? [absolute(program)]
    : path.split(":").filter((folder) => folder !== "").map((folder) => absolute(`${folder}/${program}`));
  let found: string | undefined;
  for (const candidate of candidates) {
    const info = await files.info(candidate).catch(() => undefined);
    if (info === undefined || !info.isFile) continue;
    found ??= candidate;
    if (info.mode === null || (info.mode & 0o111) !== 0) {
      return { name, ok: true, message: `'${candidate}' is there and may be run` };
    }
  }
  if (found !== undefined) {
    return { name, ok: false, message: `'${found}' may not be run: expected an executable file (chmod +x)` };
  }
  const where = program.includes("/") ? "there is no such file" : `it is in no folder of PATH (${path})`;
  return { name, ok: false, message: `'${program}' was not found: ${where}` };
}
