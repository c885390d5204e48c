// A real mail server for tests, with a certificate of its own, which tells what it took.

import assert from "node:assert/strict";
import { makeAuthority, makeCertificate, skipOpenssl } from "./certificates.ts";
import type { Rig } from "./program.ts";
import { requireTool } from "./require_tool.ts";

/** Why tests with mail are skipped; false: they are not. */
export const skipMail = skipOpenssl || requireTool("node");

export interface TakenMail {
  from: string;
  to: string[];
  /** As it came over the wire. */
  text: string;
  user: string | null;
  secure: boolean;
}

export interface MailReceiver extends AsyncDisposable {
  port: number;
  taken: TakenMail[];
}

/** Makes what receivers need, once: PEM of the authority, and the server's program. */
export async function prepareMail() {
  const folder = await Deno.makeTempDir();
  const rig = {
    folder,
    async tool([program, ...args]: string[]) {
      const { success } = await new Deno.Command(program!, { args, stderr: "null" }).output();
      assert.ok(success, args.join(" "));
    },
  } as unknown as Rig;
  await makeAuthority(rig, "ca");
  await makeCertificate(rig, "mail", "ca");
  const source = new URL("smtp_program.ts", import.meta.url).pathname;
  await rig.tool([
    Deno.execPath(),
    "bundle",
    "--quiet",
    "--platform",
    "deno",
    "-o",
    `${folder}/program.mjs`,
    source,
  ]);
  const read = (name: string) => Deno.readTextFile(`${folder}/${name}`);
  const [ca, cert, key] = [await read("ca.pem"), await read("mail.pem"), await read("mail.key")];
  return {
    ca,
    /** Starts one; `plain`: it offers no STARTTLS. */
    async serve(kind: "tls" | "starttls" | "plain"): Promise<MailReceiver> {
      const settings = { key, cert, secure: kind === "tls", plain: kind === "plain" };
      const child = new Deno.Command("node", {
        args: [`${folder}/program.mjs`, JSON.stringify(settings)],
        stdout: "piped",
        stderr: "inherit",
      }).spawn();
      const taken: TakenMail[] = [];
      const ready = Promise.withResolvers<number>();
      const reading = (async () => {
        let rest = "";
        for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
          const lines = `${rest}${chunk}`.split("\n");
          rest = lines.pop()!;
          for (const line of lines) {
            const told = JSON.parse(line);
            if ("port" in told) ready.resolve(told.port);
            else taken.push(told);
          }
        }
        ready.reject(new Error("the mail server ended"));
      })();
      return {
        port: await ready.promise,
        taken,
        async [Symbol.asyncDispose]() {
          child.kill("SIGKILL");
          await child.status;
          await reading.catch(() => {});
        },
      };
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
