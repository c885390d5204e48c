// The memory in a folder keeps the contract of all memories.

import { systemFiles } from "../../../src/runtime/files.ts";
import { systemProcesses } from "../../../src/runtime/processes.ts";
import { openFolderMemory } from "../../../src/provider/host/folder_memory.ts";
import type { Files } from "../../../src/ports/host.ts";
import { testMemory } from "../../contracts/backup_memory.ts";
import { tempFolder } from "../../support/backup_rig.ts";

testMemory("a memory in a folder", async () => {
  const folder = await tempFolder();
  let failing: "before" | "after" | undefined;
  const files: Files = Object.assign(Object.create(systemFiles) as Files, {
    async appendText(path: string, text: string) {
      const now = failing;
      failing = undefined;
      if (now !== "before") await systemFiles.appendText(path, text);
      if (now !== undefined) throw new Error("input/output error");
    },
  });
  return {
    open: () => openFolderMemory({ files, processes: systemProcesses, pid: Deno.pid }, folder.path),
    failNext: (after) => void (failing = after ? "after" : "before"),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
});
