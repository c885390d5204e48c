// Writes what Schelly is made of as a CycloneDX document: by npm itself, for exactly the packages of deno.lock.

import config from "../deno.json" with { type: "json" };
import { runCommand } from "./run_command.ts";

const LIMIT_SECONDS = 120;
/** Packages of deno.json that only tests use. */
const FOR_TESTS = ["ajv", "axe-core", "fast-check", "puppeteer-core", "smtp-server", "typescript"];

/** Rejects in words where npm is not there, or cannot reach its registry. */
export async function writeSbom(path: string): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "schelly-sbom-" });
  try {
    const locked = JSON.parse(await Deno.readTextFile("deno.lock")).npm as Record<string, unknown>;
    const overrides: Record<string, string> = {};
    for (const id of Object.keys(locked)) {
      const [, name, version] = /^(@?[^@]+)@([^_]+)/.exec(id)!;
      overrides[name!] = version!;
    }
    const dependencies: Record<string, string> = {};
    for (const name of Object.keys(config.imports)) {
      if (!FOR_TESTS.includes(name)) dependencies[name] = overrides[name]!;
      delete overrides[name];
    }
    const manifest = { name: "schelly", version: config.version, license: "MIT", dependencies, overrides };
    await Deno.writeTextFile(`${folder}/package.json`, JSON.stringify(manifest));
    await npm(folder, "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund");
    const text = await npm(
      folder,
      "sbom",
      "--sbom-format=cyclonedx",
      "--package-lock-only",
      "--sbom-type=application",
    );
    const sbom = JSON.parse(text);
    // The runtime is no package of npm, and the greatest part of the program.
    sbom.components.push({
      "bom-ref": `deno@${Deno.version.deno}`,
      type: "platform",
      name: "deno",
      version: Deno.version.deno,
      purl: `pkg:github/denoland/deno@v${Deno.version.deno}`,
      licenses: [{ license: { id: "MIT" } }],
    });
    await Deno.writeTextFile(path, `${JSON.stringify(sbom, null, 2)}\n`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function npm(cwd: string, ...args: string[]): Promise<string> {
  const { code, output } = await runCommand(["npm", ...args, "--loglevel=error"], {
    limitSeconds: LIMIT_SECONDS,
    cwd,
  });
  if (code === 0) return output;
  throw new Error(`\`npm ${args[0]}\` failed: ${output.trim().split("\n")[0] ?? ""}`);
}
