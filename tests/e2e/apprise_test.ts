// The channel `command` as the guide has it, with the real apprise behind it, and what a person receives.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parse, stringify } from "yaml";
import { programTest, until } from "../support/program.ts";
import { mayLack, requireTool } from "../support/require_tool.ts";

const GUIDE = resolve(import.meta.dirname!, "../../docs/notifications.md");

/** What the guide says to write for apprise, for the service at `address`. */
async function guided(address: string) {
  const blocks = [...(await readFile(GUIDE, "utf8")).matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) =>
    text!
  );
  const settings = parse(blocks.find((text) => text.includes("apprise"))!);
  const [shell, flag, line] = settings.notify.channels.pager.argv as string[];
  assert.match(line!, /"tgram:[^"]*"/);
  settings.notify.channels.pager = {
    type: "command",
    argv: [shell, flag, line!.replace(/"tgram:[^"]*"/, `"${address}"`)],
  };
  return { notify: { name: "nas1", ...settings.notify } };
}

programTest(
  "what the guide says about apprise brings whole messages, bad and good, and says when it did not",
  async (rig) => {
    const received: { title: string; message: string }[] = [];
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      received.push(await request.json());
      return new Response("ok");
    });
    try {
      const settings = await guided(`json://127.0.0.1:${server.addr.port}`);
      const failing =
        `if [ -e ${rig.folder}/up ]; then echo '{"data_id": "x"}'; else echo "it's \\"down\\" \\$HOME"; exit 1; fi`;
      const schelly = await rig.server({
        yaml: stringify({
          ...settings,
          jobs: [{
            name: "files",
            schedule: "0 0 0 29 2 *",
            retry: { attempts: 0 },
            provider: { command: { create: { shell: failing }, delete: ["true"] } },
            retention: "keep_all",
          }],
        }),
      });
      assert.equal((await schelly.post("/jobs/files/trigger")).status, 202);
      const bad = await until("apprise is told", () => Promise.resolve(received[0]), 150_000);
      assert.match(bad.title, /^\[nas1\] files: no backup at all/);
      assert.ok(bad.message.includes(`it's "down" $HOME`), bad.message);
      assert.match(bad.message, /schelly jobs trigger files/);

      await server.shutdown();
      const refused = await rig.cli("notify", "test", "pager");
      assert.equal(refused.code, 1);
      assert.doesNotMatch(refused.out, /^taken/m);
    } finally {
      void server.shutdown().catch(() => {});
    }
  },
  { skip: requireTool("jq", ["--version"]) || mayLack("apprise", ["--version"]) },
);
