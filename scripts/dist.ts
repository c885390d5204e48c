// `make dist`: an archive for every kind of machine that can be built for from here, for Debian also a package, with their
// digests and what is in them. What could not be made is said, and is no failure as long as one archive was.

import config from "../deno.json" with { type: "json" };
import { bundleProgram, commitTime, compileProgram } from "./compile_program.ts";
import { packDebian } from "./debian_package.ts";
import { endWithSignals, runCommand, say } from "./run_command.ts";
import { writeSbom } from "./sbom.ts";
import { ownTarget, programName, type Target, TARGETS } from "./targets.ts";

const STAGE = "dist/stage";
const RELEASE = "dist/release";
/** Beside the program in each archive: where README.md leads to. */
const FILES = [
  "LICENSE",
  "README.md",
  "CHANGELOG.md",
  "schelly.example.yaml",
  "schelly.schema.json",
  "docs",
  "deploy",
];

endWithSignals();
Deno.chdir(new URL("..", import.meta.url));
for (const folder of [STAGE, RELEASE]) await Deno.remove(folder, { recursive: true }).catch(() => {});
await Deno.mkdir(RELEASE, { recursive: true });
const missing: string[] = [];
try {
  const commit = await bundleProgram(`${STAGE}/bundle`);
  say(`Version ${config.version}, commit ${commit}.`);
  const own = ownTarget();
  await make(own);
  // A stub that was named by hand is one for this machine.
  Deno.env.delete("DENORT_BIN");
  for (const target of TARGETS) if (target.name !== own.name) await make(target);
  await attempt("the list of packages", () => writeSbom(`${RELEASE}/schelly-${config.version}.cdx.json`));
  await attempt("the library for authors of providers", makeKit);
  await writeDigests();
} finally {
  await Deno.remove(STAGE, { recursive: true }).catch(() => {});
}
for (const line of missing) say(`Not made: ${line}`);
const made = [...Deno.readDirSync(RELEASE)].map(({ name }) => name).sort();
say(`Made in ${RELEASE}: ${made.join(", ")}`);
Deno.exit(made.some((name) => name.endsWith(".tar.gz")) ? 0 : 1);

async function make(target: Target): Promise<void> {
  const name = `schelly-${config.version}-${target.name}`;
  await attempt(name, async () => {
    const folder = `${STAGE}/${name}`;
    await Deno.mkdir(folder, { recursive: true });
    await compileProgram(`${STAGE}/bundle`, `${STAGE}/program`, target, programOf(target));
    await run(["cp", "-R", ...FILES, folder]);
    // The same names, owners and order in every archive, whoever makes it.
    const order = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0"];
    await run(["tar", "-czf", `${RELEASE}/${name}.tar.gz`, ...order, "-C", STAGE, name]);
  });
  const { debian } = target;
  if (debian !== undefined && await isThere(programOf(target))) {
    await attempt(`the Debian package for ${debian}`, () => makeDebian(target, debian));
  }
}

/** DEBFULLNAME and DEBEMAIL say who packs it, as to Debian's own tools. */
async function makeDebian(target: Target, architecture: "amd64" | "arm64"): Promise<void> {
  const name = Deno.env.get("DEBFULLNAME") ?? "The Schelly authors";
  await packDebian({
    ...{ program: programOf(target), here: programOf(ownTarget()), architecture, version: config.version },
    ...{ epoch: Math.floor(Date.parse(await commitTime()) / 1000), compression: "gzip" },
    maintainer: `${name} <${Deno.env.get("DEBEMAIL") ?? "schelly@example.org"}>`,
    ...{ stage: `${STAGE}/debian`, output: RELEASE },
  });
}

/** The compiled program, in the folder that becomes its archive. */
function programOf(target: Target): string {
  return `${STAGE}/schelly-${config.version}-${target.name}/${programName(target)}`;
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** The bundled library with its types, and its npm tarball. */
async function makeKit(): Promise<void> {
  const options = ["run", "--quiet", "--permission-set", "--no-check"];
  await run([Deno.execPath(), ...options, "scripts/dist_kit.ts", `${Deno.cwd()}/${RELEASE}`]);
}

/** One file that `sha256sum -c` reads. */
async function writeDigests(): Promise<void> {
  let text = "";
  for (const { name } of [...Deno.readDirSync(RELEASE)].sort((a, b) => a.name < b.name ? -1 : 1)) {
    const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(`${RELEASE}/${name}`));
    text += `${
      [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("")
    }  ${name}\n`;
  }
  await Deno.writeTextFile(`${RELEASE}/SHA256SUMS`, text);
}

async function attempt(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { message, cause } = error as Error;
    const first = String(cause ?? "").split("\n").find((line) => /error sending|dns|status/i.test(line));
    missing.push(
      `${what}: ${message}${first === undefined ? "" : ` (${first.trim().replace(/^\d+: /, "")})`}`,
    );
  }
}

async function run(argv: string[]): Promise<void> {
  const { code, output } = await runCommand(argv, { limitSeconds: 120 });
  if (code !== 0) throw new Error(`\`${argv[0]}\` failed: ${output.trim()}`);
}
