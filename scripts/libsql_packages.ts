// Puts the state store's native library where a bundle finds it: bundles hold all other packages themselves.

const MODULES = "node_modules/.deno";

/** What `libsql` loads, by package; its native part is added for this platform. */
const PACKAGES = ["libsql", "detect-libc", "@neon-rs/load"];

/** Copies `libsql` and what it needs into `folder`/node_modules, and nothing else. Answers its version. */
export async function copyLibsql(folder: string): Promise<string> {
  const stored = await findPackage("libsql");
  for (const name of [...PACKAGES, nativePackage()]) {
    await copyFolder(`${MODULES}/${stored}/node_modules/${name}`, `${folder}/node_modules/${name}`);
  }
  return stored.slice(stored.indexOf("@", 1) + 1);
}

/** The name under which node_modules keeps a package: `libsql@0.5.29`. */
async function findPackage(name: string): Promise<string> {
  for await (const entry of Deno.readDir(MODULES)) {
    if (entry.name.startsWith(`${name}@`)) return entry.name;
  }
  throw new Error(`Cannot find the package '${name}' in ${MODULES}: expected it there after \`make setup\``);
}

function nativePackage(): string {
  const { os, arch } = Deno.build;
  const cpu = arch === "aarch64" ? "arm64" : "x64";
  if (os === "linux") return `@libsql/linux-${cpu}-gnu`;
  if (os === "darwin") return `@libsql/darwin-${cpu}`;
  if (os === "windows") return `@libsql/win32-${cpu}-msvc`;
  throw new Error(`Cannot build for ${os} on ${arch}: libSQL has no native library for it`);
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const entry of Deno.readDir(from)) {
    const [source, target] = [`${from}/${entry.name}`, `${to}/${entry.name}`];
    if ((await Deno.stat(source)).isDirectory) await copyFolder(source, target);
    else await Deno.copyFile(source, target);
  }
}
