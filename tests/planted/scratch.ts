// A scratch copy of the source, sharing the packages, so that a planted bug never touches the real tree.

const PARTS = [
  "src",
  "tests",
  "bench",
  "deploy",
  "deno.json",
  "deno.lock",
  "schelly.example.yaml",
  "schelly.schema.json",
];

/** Copies what the tests need into a new temporary folder and answers its path. */
export async function copy(): Promise<string> {
  const scratch = await Deno.makeTempDir({ prefix: "schelly-planted-" });
  const root = Deno.cwd();
  for (const part of PARTS) await copyInto(`${root}/${part}`, `${scratch}/${part}`);
  await Deno.symlink(`${root}/node_modules`, `${scratch}/node_modules`);
  return scratch;
}

async function copyInto(from: string, to: string): Promise<void> {
  const info = await Deno.stat(from);
  if (!info.isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const entry of Deno.readDir(from)) {
    await copyInto(`${from}/${entry.name}`, `${to}/${entry.name}`);
  }
}
