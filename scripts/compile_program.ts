// Bundles the program, and compiles the bundle into one file that needs neither Deno nor node_modules.

import { copyLibsql } from "./libsql_packages.ts";
import { runCommand } from "./run_command.ts";
import type { Target } from "./targets.ts";
import { BUILT_AT, COMMIT } from "../src/runtime/version.ts";
import { V8_FLAGS } from "./v8_flags.ts";

const LIMIT_SECONDS = 300;
/** What the program needs of Deno that is not settled yet: sockets for systemd's notices. */
const UNSTABLE = ["net"];

/**
 * What the program may do, fixed for good as it is compiled. Fewer than tests may (deno.json): no code from elsewhere, and
 * of the system only what it asks: whose it is, the name of the machine, the time since its start; and whether it has
 * IPv6, which the package for mail asks. docs/security.md says why each of the others stays whole.
 */
const PERMISSIONS = {
  ...{ read: true, write: true, net: true, env: true, run: true, ffi: true },
  sys: ["uid", "hostname", "osUptime", "networkInterfaces", "statfs"],
  import: { deny: true },
};

/**
 * Writes the program in pieces into `folder`, so that a command loads only what it needs, with the commit in it.
 * Answers the commit.
 */
export async function bundleProgram(folder: string): Promise<string> {
  const whole = `${folder}-whole`;
  const bundle = ["bundle", "--quiet", "--external", "libsql", "--code-splitting", "--outdir"];
  try {
    await deno(...bundle, whole, "src/main.ts");
    await dropUnused(whole);
    // Bundled again, it loses what nothing asks for any more.
    await deno(...bundle, folder, "--minify", `${whole}/main.js`);
  } finally {
    await Deno.remove(whole, { recursive: true }).catch(() => {});
  }
  const commit = await currentCommit();
  const builtAt = JSON.stringify(await commitTime());
  let stamped = 0;
  let dated = 0;
  for (const { name } of [...Deno.readDirSync(folder)]) {
    const before = await Deno.readTextFile(`${folder}/${name}`);
    let text = before.replaceAll(`"${COMMIT}"`, () => {
      stamped++;
      return JSON.stringify(commit);
    }).replaceAll(`"${BUILT_AT}"`, () => {
      dated++;
      return builtAt;
    });
    // Packages of the old kind ask for node's own modules; minified, the bundler forgets to bring what fetches them.
    if (text.includes('typeof require<"u"')) {
      text = 'import{createRequire as createRequire$}from"node:module";' +
        `const require=createRequire$(import.meta.url);${text}`;
    }
    if (text !== before) await Deno.writeTextFile(`${folder}/${name}`, text);
  }
  if (stamped === 0 || dated === 0) {
    throw new Error(
      "Cannot stamp the build: expected the COMMIT and BUILT_AT of src/runtime/version.ts in the bundle",
    );
  }
  return commit;
}

/** Of what zod offers under one name, so that a bundle keeps all of it: what nobody here asks for. */
const UNUSED = [
  "locales",
  "compile",
  "compileFn",
  "withParser",
  "ZodCompileAsyncError",
  "ZodCompileUnsupportedError",
  "fromJSONSchema",
];

/**
 * Takes away zod's messages in fifty languages and its compiler: nobody asks for them, and they would be more than half of
 * what a start reads of it. Throws where a newer zod names them otherwise, and where somebody asks for one of them.
 */
async function dropUnused(folder: string): Promise<void> {
  const found = { languages: 0, names: new Set<string>() };
  for (const { name } of [...Deno.readDirSync(folder)]) {
    const text = await Deno.readTextFile(`${folder}/${name}`);
    const asked = new RegExp(`\\b(?:external|core)_exports\\d*\\.(${UNUSED.join("|")})\\b`).exec(text);
    if (asked !== null) throw new Error(`Cannot leave out ${asked[0]} of zod: ${name} asks for it`);
    const rest = text.replace(
      /var locales_exports = \{\};\n__export\(locales_exports, \{[^}]*\}\);\n/,
      () => {
        found.languages++;
        return "";
      },
    ).replaceAll(new RegExp(`^ *(${UNUSED.join("|")}): \\(\\) => \\w+,?\n`, "gm"), (_line, one) => {
      found.names.add(one);
      return "";
    });
    if (rest !== text) await Deno.writeTextFile(`${folder}/${name}`, rest);
  }
  if (found.languages !== 1 || found.names.size !== UNUSED.length) {
    throw new Error(
      `Cannot leave out of zod what nobody asks for: found its languages ${found.languages} times in the bundle, expected ` +
        `once, and of ${UNUSED.join(", ")} only ${[...found.names].join(", ")}`,
    );
  }
}

/**
 * Compiles what `bundleProgram` wrote into `bundle` for a kind of machine. `stage` is a folder to work in, made and
 * removed. DENORT_BIN, where it is set, must be a stub for that kind. Rejects in words where the stub or the native
 * library cannot be had.
 */
export async function compileProgram(
  bundle: string,
  stage: string,
  target: Target,
  output: string,
): Promise<void> {
  try {
    await Deno.mkdir(stage, { recursive: true });
    for (const { name } of Deno.readDirSync(bundle)) {
      await Deno.copyFile(`${bundle}/${name}`, `${stage}/${name}`);
    }
    // What is compiled is a project of its own, since `deno compile` embeds all of a project's node_modules.
    const libsql = await copyLibsql(stage, target);
    await writeJson(`${stage}/package.json`, { type: "module", dependencies: { libsql } });
    const permissions = { default: PERMISSIONS };
    await writeJson(`${stage}/deno.json`, {
      nodeModulesDir: "manual",
      lock: false,
      unstable: UNSTABLE,
      permissions,
    });
    // The code cache would be a file of guessable name in the temp folder.
    await deno(
      ...[
        "compile",
        "--quiet",
        "--permission-set",
        // What is not permitted fails: nobody is asked, whoever sits at the terminal.
        "--no-prompt",
        "--no-check",
        "--no-code-cache",
        `--v8-flags=${V8_FLAGS}`,
      ],
      // Named for another kind of machine only: DENORT_BIN is not looked at otherwise.
      ...(target.triple === Deno.build.target ? [] : ["--target", target.triple]),
      ...["--config", `${stage}/deno.json`, "--output", output, `${stage}/main.js`],
    );
  } finally {
    await Deno.remove(stage, { recursive: true }).catch(() => {});
  }
}

async function deno(...args: string[]): Promise<void> {
  // A deep package would overflow the stack of the compiler.
  const env = { RUST_MIN_STACK: "33554432" };
  const { code, output } = await runCommand([Deno.execPath(), ...args], { limitSeconds: LIMIT_SECONDS, env });
  if (code === 0) return;
  const how = code === null ? `did not end within ${LIMIT_SECONDS} s` : `failed with exit code ${code}`;
  const stub = args[0] !== "compile"
    ? ""
    : ": it needs a runtime stub of Deno's, fetched once; where that is impossible, DENORT_BIN names a file that holds it";
  throw new Error(`\`deno ${args[0]}\` ${how}${stub}`, { cause: output.trimEnd() });
}

/** The commit that is built, `+` behind it when files differ from it; `unknown` outside a repository. */
async function currentCommit(): Promise<string> {
  try {
    const hash = await runCommand(["git", "rev-parse", "--short=12", "HEAD"], { limitSeconds: 10 });
    if (hash.code !== 0) return "unknown";
    const changes = await runCommand(["git", "status", "--porcelain"], { limitSeconds: 10 });
    return hash.output.trim() + (changes.code === 0 && changes.output === "" ? "" : "+");
  } catch {
    return "unknown";
  }
}

/** In ISO 8601; of the commit and not of the build, so that the same commit makes the same program. */
export async function commitTime(): Promise<string> {
  try {
    const time = await runCommand(["git", "log", "-1", "--format=%ct"], { limitSeconds: 10 });
    const seconds = Number(time.output.trim());
    if (time.code === 0 && seconds > 0) return new Date(seconds * 1000).toISOString();
  } catch {
    // No git here, or no repository.
  }
  return new Date().toISOString();
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await Deno.writeTextFile(path, `${JSON.stringify(value, null, 2)}\n`);
}
