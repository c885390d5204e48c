// Builds the library for authors of providers: dist/schelly-provider.js with its types, and the same as an npm
// tarball. Run by `make kit`. It needs no package beside it and runs under Deno and Node 20 or later.

import { dirname } from "node:path";
import config from "../deno.json" with { type: "json" };
import { renderTypes } from "./kit_types.ts";
import { endWithSignals, runCommand, say } from "./run_command.ts";

const NAME = "schelly-provider";
const README = `# ${NAME}

Write a backup provider for Schelly in ten minutes: implement \`Backuper\` (\`init\`, \`create\`, \`delete\`, and \`get\`
and \`list\` where the storage can be asked) and give it to \`serveBackuper\`. Ids, one backup at a time, idempotency,
cancel, a journal that survives a crash, \`/livez\` and \`/metrics\` come from here.

\`\`\`js
import { createProviderHost, serveBackuper } from "${NAME}";
\`\`\`

Each type says in its words what it promises. A whole provider, and the protocol, are in Schelly's docs/providers.md.
`;

endWithSignals();
const root = dirname(import.meta.dirname!);
// Another folder than dist, for tests.
const out = Deno.args[0] ?? `${root}/dist`;
const stage = `${out}/stage_kit`;
await Deno.remove(stage, { recursive: true }).catch(() => {});
await Deno.mkdir(stage, { recursive: true });
try {
  const bundle = `${stage}/${NAME}.js`;
  await run([Deno.execPath(), "bundle", "--quiet", "--output", bundle, `${root}/src/provider_kit.ts`], root);
  // Tells Deno of the types beside a file; npm finds them by package.json.
  const selfTypes = `// @ts-self-types="./${NAME}.d.ts"\n`;
  await Deno.writeTextFile(bundle, selfTypes + await Deno.readTextFile(bundle));
  await Deno.writeTextFile(`${stage}/${NAME}.d.ts`, renderTypes(`${root}/src/provider_kit.ts`));
  await Deno.writeTextFile(`${stage}/README.md`, README);
  await Deno.copyFile(`${root}/LICENSE`, `${stage}/LICENSE`);
  await Deno.writeTextFile(
    `${stage}/package.json`,
    JSON.stringify(
      {
        name: NAME,
        version: config.version,
        description: "Serves backups of anything by the provider protocol of the Schelly backup scheduler",
        license: "MIT",
        type: "module",
        exports: { ".": { types: `./${NAME}.d.ts`, default: `./${NAME}.js` } },
        files: [`${NAME}.js`, `${NAME}.d.ts`],
        engines: { node: ">=20" },
      },
      null,
      2,
    ) + "\n",
  );
  await run(["npm", "pack", "--silent", "--ignore-scripts", "--offline", "--pack-destination", out], stage);
  for (const name of [`${NAME}.js`, `${NAME}.d.ts`]) await Deno.rename(`${stage}/${name}`, `${out}/${name}`);
} finally {
  await Deno.remove(stage, { recursive: true });
}
say(`Built ${out}/${NAME}.js, ${NAME}.d.ts and ${NAME}-${config.version}.tgz.`);

async function run(argv: string[], cwd: string): Promise<void> {
  const { code, output } = await runCommand(argv, { limitSeconds: 120, cwd });
  if (code === 0) return;
  say(output.trimEnd());
  throw new Error(
    `Cannot build ${NAME}: \`${argv.slice(0, 2).join(" ")}\` ended with ${code ?? "a time-out"}`,
  );
}
