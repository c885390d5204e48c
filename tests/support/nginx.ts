// A real nginx before a server: in a folder of its own, on ports of its own.

import { mkdir, writeFile } from "node:fs/promises";
import { freePort, type Rig, until } from "./program.ts";
import { requireTool } from "./require_tool.ts";

/** Why tests with nginx are skipped; false: they are not. */
export const skipNginx = requireTool("nginx", ["-v"]);

/** Starts it with what stands in `http`, where `PORT` is the port on 127.0.0.1 that it listens on; resolves to that. */
export async function startNginx(rig: Rig, http: string): Promise<number> {
  const port = freePort();
  const folder = `${rig.folder}/nginx`;
  await mkdir(folder);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  await writeFile(
    `${folder}/nginx.conf`,
    `daemon off; user root; pid ${folder}/pid; error_log stderr; worker_processes 1;
events { worker_connections 256; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join("\n  ")}
  ${http.replaceAll("PORT", String(port))}
}
`,
  );
  rig.spawn("nginx", ["nginx", "-p", folder, "-c", `${folder}/nginx.conf`, "-e", "stderr"]);
  await until("nginx listens", async () => {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return true;
    } catch {
      return false;
    }
  });
  return port;
}
