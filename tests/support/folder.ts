// A folder of its own for one test.

/** Runs `work` with a fresh folder and removes it afterwards. */
export async function withFolder(work: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempDir({ prefix: "schelly-test-" });
  try {
    await work(path);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}
