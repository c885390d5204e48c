// A worker of Schelly's built-in `conductor`, with the library for authors of providers: archives of a folder by tar.
//   CONDUCTOR_API_URL=http://conductor:8080/api SOURCE=/srv/data STORE=/srv/backups deno run -A worker.ts
// Each line of STORE/ledger says what was done. Start as many as you like, on as many machines as see the folder.
import { appendFile, mkdir, rename, rm, stat } from "node:fs/promises";
import { basename } from "node:path";
import process from "node:process";
import { createProviderHost, workOnConductor } from "schelly-provider";

const { CONDUCTOR_API_URL = "", SOURCE = "", STORE = "" } = process.env;
const host = createProviderHost();
const fileOf = (dataId: string) => `${STORE}/${basename(dataId)}.tgz`;
const note = (what: string, dataId: string) => appendFile(`${STORE}/ledger`, `${what} ${dataId}\n`);

const worker = workOnConductor(
  {
    async init() {
      await mkdir(STORE, { recursive: true });
    },
    async create({ id, body, signal, started }) {
      const { source = SOURCE } = JSON.parse((body as { workerConfig?: string }).workerConfig ?? "{}");
      const argv: [string, ...string[]] = ["tar", "-czf", `${fileOf(id)}.part`, "-C", source, "."];
      const { code, stderr } = await host.processes.run({ argv, signal, onStart: started });
      signal.throwIfAborted(); // cancelled: tar and all it started were ended
      if (code !== 0) throw new Error(stderr.trim().slice(-500) || `tar ended with code ${code}`);
      await rename(`${fileOf(id)}.part`, fileOf(id));
      await note("made", id);
      return { sizeMb: (await stat(fileOf(id))).size / 1e6 }; // named after the workflow: no dataId needed
    },
    async delete(_id, dataId) {
      await rm(fileOf(dataId), { force: true });
      await rm(`${fileOf(dataId)}.part`, { force: true });
      await note("removed", dataId);
      return true;
    },
  },
  { url: CONDUCTOR_API_URL, name: `worker-${process.pid}`, tell: (line) => console.log(line) },
  host,
);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => worker[Symbol.asyncDispose]());
}
await worker.done;
