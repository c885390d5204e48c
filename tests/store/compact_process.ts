// A process that compacts the state file named by its first argument, and dies by kill -9 before the call to the system
// of the number that its second argument says.

import process from "node:process";
import { compactFile } from "../../src/store/compact_file.ts";
import { systemTree } from "../../src/runtime/file_tree.ts";
import { storeOptions } from "./fixture.ts";

const [path, last] = [process.argv[2], Number(process.argv[3])];
let calls = 0;

/** The same port, on which each call counts. */
function mortal<T extends object>(port: T): T {
  return new Proxy(port, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        if (++calls === last) process.kill(process.pid, "SIGKILL");
        return method.apply(target, args);
      };
    },
  });
}

const options = storeOptions(`file:${path}`);
await compactFile(options.url, false, {
  ...options,
  files: mortal(options.files),
  tree: mortal(systemTree),
});
