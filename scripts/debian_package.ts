// Packs a compiled program as a Debian package, by dpkg-deb alone: the files of deploy/debian, the unit, manual pages and
// completions.

import { createHash } from "node:crypto";
import { runCommand } from "./run_command.ts";

/** What is packed, and where it goes. */
export interface DebianPackage {
  /** The compiled program of the package's kind of machine. */
  program: string;
  /** One that runs here, and prints manual pages and completions: the same one unless it is of another kind. */
  here: string;
  /** As Debian calls the kind of machine. */
  architecture: "amd64" | "arm64";
  /** As deno.json has it. */
  version: string;
  /** What no file may be newer than, in seconds: the same makes the same package. */
  epoch: number;
  /** Name and address, as in `DEBFULLNAME <DEBEMAIL>`. */
  maintainer: string;
  /** A folder to work in, made and removed. */
  stage: string;
  /** The folder that the package is written to. */
  output: string;
  /** `none` is for tests, which unpack it at once. */
  compression: "gzip" | "none";
}

const DEPLOY = "deploy";
const LIMIT_SECONDS = 300;

/** The name of the package's file. Rejects in words where dpkg-deb is not there. */
export async function packDebian(pack: DebianPackage): Promise<string> {
  const version = debianVersion(pack.version);
  const name = `schelly_${version}_${pack.architecture}.deb`;
  try {
    const files = await layFiles(pack, version);
    await writeControl(pack, version, files);
    await run([
      ...["dpkg-deb", "--root-owner-group", `-Z${pack.compression}`, "--build"],
      ...[pack.stage, `${pack.output}/${name}`],
    ], { SOURCE_DATE_EPOCH: String(pack.epoch) });
    return name;
  } finally {
    await Deno.remove(pack.stage, { recursive: true }).catch(() => {});
  }
}

/** `1.2.0-rc.1` comes before `1.2.0` there too. */
export function debianVersion(version: string): string {
  return `${version.replace("-", "~")}-1`;
}

/** Lays the tree; the paths of its files. */
async function layFiles(pack: DebianPackage, version: string): Promise<string[]> {
  const paths: string[] = [];
  const put = async (path: string, content: string | Uint8Array, mode = 0o644) => {
    await layFolder(pack.stage, path);
    const file = `${pack.stage}/${path}`;
    await Deno.writeFile(file, typeof content === "string" ? new TextEncoder().encode(content) : content);
    await Deno.chmod(file, mode);
    paths.push(path);
  };
  const unit = await Deno.readTextFile(`${DEPLOY}/systemd/schelly.service`);
  const doc = "usr/share/doc/schelly";
  await put("usr/bin/schelly", await Deno.readFile(pack.program), 0o755);
  await put("usr/lib/systemd/system/schelly.service", unit.replaceAll("/usr/local/bin/", "/usr/bin/"));
  await put("usr/lib/sysusers.d/schelly.conf", await Deno.readFile(`${DEPLOY}/systemd/schelly.sysusers`));
  await put("usr/lib/tmpfiles.d/schelly.conf", await Deno.readFile(`${DEPLOY}/systemd/schelly.tmpfiles`));
  const manual = `${pack.stage}/manual`;
  await run([pack.here, "man", "--to", manual]);
  for (const name of [...Deno.readDirSync(manual)].map(({ name }) => name).sort()) {
    await put(`usr/share/man/man1/${name}.gz`, await zipped(await Deno.readTextFile(`${manual}/${name}`)));
  }
  await Deno.remove(manual, { recursive: true });
  for (const [shell, path] of COMPLETIONS) await put(path, await run([pack.here, "completion", shell]));
  await put("etc/schelly/schelly.yaml.example", await Deno.readFile(`${DEPLOY}/debian/schelly.yaml.example`));
  await Deno.chmod(`${pack.stage}/etc/schelly`, 0o750);
  await put(`${doc}/copyright`, await copyright());
  await put(`${doc}/changelog.gz`, await zipped(await Deno.readTextFile("CHANGELOG.md")));
  await put(`${doc}/changelog.Debian.gz`, await zipped(debianChangelog(pack, version)));
  await put(`${doc}/examples/schelly.example.yaml`, await Deno.readFile("schelly.example.yaml"));
  await put(
    "usr/share/lintian/overrides/schelly",
    await Deno.readFile(`${DEPLOY}/debian/lintian-overrides`),
  );
  return paths;
}

/** Where each shell of Debian looks. */
const COMPLETIONS: readonly (readonly [shell: string, path: string])[] = [
  ["bash", "usr/share/bash-completion/completions/schelly"],
  ["zsh", "usr/share/zsh/vendor-completions/_schelly"],
  ["fish", "usr/share/fish/vendor_completions.d/schelly.fish"],
];

async function writeControl(pack: DebianPackage, version: string, paths: readonly string[]): Promise<void> {
  const folder = `${pack.stage}/DEBIAN`;
  await Deno.mkdir(folder);
  await Deno.chmod(folder, 0o755);
  let bytes = 0;
  let sums = "";
  for (const path of paths) {
    const content = await Deno.readFile(`${pack.stage}/${path}`);
    bytes += content.length;
    if (!path.startsWith("etc/")) sums += `${createHash("md5").update(content).digest("hex")}  ${path}\n`;
  }
  const control = (await Deno.readTextFile(`${DEPLOY}/debian/control`))
    .replace("@VERSION@", version)
    .replace("@ARCHITECTURE@", pack.architecture)
    .replace("@MAINTAINER@", pack.maintainer)
    .replace("@SIZE@", String(Math.ceil(bytes / 1024)));
  await Deno.writeTextFile(`${folder}/control`, control);
  await Deno.writeTextFile(`${folder}/md5sums`, sums);
  for (const name of ["control", "md5sums"]) await Deno.chmod(`${folder}/${name}`, 0o644);
  for (const [name, mode] of CONTROL_FILES) {
    await Deno.writeFile(`${folder}/${name}`, await Deno.readFile(`${DEPLOY}/debian/${name}`));
    await Deno.chmod(`${folder}/${name}`, mode);
  }
}

const CONTROL_FILES: readonly (readonly [name: string, mode: number])[] = [
  ["conffiles", 0o644],
  ["templates", 0o644],
  ["config", 0o755],
  ["postinst", 0o755],
  ["prerm", 0o755],
  ["postrm", 0o755],
];

/** Folders on the way to a file, open to all whatever this process's umask is. */
async function layFolder(root: string, path: string): Promise<void> {
  let folder = root;
  for (const part of ["", ...path.split("/").slice(0, -1)]) {
    folder += part === "" ? "" : `/${part}`;
    await Deno.mkdir(folder, { recursive: true });
    await Deno.chmod(folder, 0o755);
  }
}

async function copyright(): Promise<string> {
  const [, terms] = (await Deno.readTextFile("LICENSE")).split(/\nCopyright .*\n\n/);
  const indented = terms!.trimEnd().split("\n").map((line) => ` ${line || "."}`).join("\n");
  return (await Deno.readTextFile(`${DEPLOY}/debian/copyright`)).replace("@LICENSE@", indented);
}

function debianChangelog({ epoch, maintainer }: DebianPackage, version: string): string {
  const date = new Date(epoch * 1000).toUTCString().replace("GMT", "+0000");
  return `schelly (${version}) unstable; urgency=medium\n\n  * Packaged by \`make dist\`; changelog.gz says what is new.\n\n` +
    ` -- ${maintainer}  ${date}\n`;
}

/** As `gzip -9n` does. */
async function zipped(text: string): Promise<Uint8Array> {
  const { gzipSync } = await import("node:zlib");
  return new Uint8Array(gzipSync(text, { level: 9 }));
}

async function run(argv: string[], env: Record<string, string> = {}): Promise<string> {
  const { code, output } = await runCommand(argv, { limitSeconds: LIMIT_SECONDS, env });
  if (code !== 0) throw new Error(`\`${argv.slice(0, 2).join(" ")}\` failed: ${output.trim()}`);
  return output;
}
