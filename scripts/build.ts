// Builds dist/schelly: one file that needs neither Deno nor node_modules. Run by `make build`.

import config from "../deno.json" with { type: "json" };
import { copyLibsql } from "./libsql_packages.ts";
import { endWithSignals, runCommand, say } from "./run_command.ts";

/** The program's bundle and its few packages while it is built. */
const STAGE = "dist/stage";
const BINARY = `dist/schelly${Deno.build.os === "windows" ? ".exe" : ""}`;

endWithSignals();
Deno.chdir(new URL("..", import.meta.url));
await Deno.remove(STAGE, { recursive: true }).catch(() => {});
await Deno.mkdir(STAGE, { recursive: true });

await deno("bundle", "--quiet", "--external", "libsql", "--output", `${STAGE}/schelly.js`, "src/main.ts");
const commit = await currentCommit();
await Deno.writeTextFile(
  `${STAGE}/schelly.js`,
  stamp(await Deno.readTextFile(`${STAGE}/schelly.js`), commit),
);

// What is compiled is a project of its own, since `deno compile` embeds all of a project's node_modules.
const libsql = await copyLibsql(STAGE);
await writeJson("package.json", { type: "module", dependencies: { libsql } });
const { unstable, permissions } = config;
await writeJson("deno.json", { nodeModulesDir: "manual", lock: false, unstable, permissions });
// The permissions are those of deno.json. The code cache would be a file of guessable name in the temp folder.
await deno(
  ...["compile", "--quiet", "--permission-set", "--no-check", "--no-code-cache"],
  ...["--config", `${STAGE}/deno.json`, "--output", BINARY, `${STAGE}/schelly.js`],
);
await Deno.remove(STAGE, { recursive: true });
const { size } = await Deno.stat(BINARY);
say(`Built ${BINARY}: version ${config.version}, commit ${commit}, ${Math.round(size / 1e6)} MB.`);

async function deno(...args: string[]): Promise<void> {
  // A deep package would overflow the stack of the compiler.
  const env = { RUST_MIN_STACK: "33554432" };
  const { code, output } = await runCommand([Deno.execPath(), ...args], { limitSeconds: 300, env });
  if (code === 0) return;
  say(output.trimEnd());
  say(
    `Cannot build ${BINARY}: \`deno ${args[0]}\` ` +
      (code === null ? "did not end within 300 s" : `failed with exit code ${code}`) +
      (args[0] === "compile"
        ? ": it needs a runtime stub of Deno's, fetched once; where that is impossible, DENORT_BIN names a file that holds it"
        : ""),
  );
  await Deno.remove(STAGE, { recursive: true });
  Deno.exit(1);
}

/** Writes the commit into the bundle. */
function stamp(bundle: string, commit: string): string {
  const parts = bundle.split(/^(var COMMIT\d* = )"unknown";$/m);
  if (parts.length !== 3) {
    throw new Error(
      "Cannot stamp the build: expected the COMMIT of src/runtime/version.ts once in the bundle",
    );
  }
  return `${parts[0]}${parts[1]}${JSON.stringify(commit)};${parts[2]}`;
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

async function writeJson(name: string, value: unknown): Promise<void> {
  await Deno.writeTextFile(`${STAGE}/${name}`, `${JSON.stringify(value, null, 2)}\n`);
}
