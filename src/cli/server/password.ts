// `schelly password hash`: what stands in the configuration in the place of a password.

import type { Command } from "commander";
import type { Host } from "../../ports/host.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { type Context, example } from "../terminal/options.ts";
import { displayOf } from "../terminal/render.ts";

const HOW = `read -rs P && printf %s "$P" | schelly password hash`;

/** Declares the command. */
export function addPassword(program: Command, { host, finish }: Context): void {
  const password = program.command("password").description(
    "hash passwords of people who log in with a browser",
  );
  const hash = password.command("hash").description(
    "read a password on standard input, print the hash for server.auth.users",
  );
  example(hash, HOW);
  hash.action(async () => finish(await printHash(host)));
}

/** Prints the hash of what comes in, its last line end taken off. */
async function printHash(host: Host): Promise<number> {
  const { terminal, ids } = host;
  if (terminal.inIsTty) {
    throw new Failure(
      EXIT.usage,
      `Cannot read a password from the terminal, where it would be seen: pipe it in: ${HOW}`,
    );
  }
  const password = (await terminal.readStdin()).replace(/\r?\n$/, "");
  // deno-lint-ignore no-control-regex
  if (password === "" || /[\u0000-\u001f\u007f\ufffd]/.test(password)) {
    const what = password === "" ? "nothing came in" : "it has control characters, or is not UTF-8";
    throw new Failure(EXIT.usage, `Cannot hash the password: ${what}: expected one line on standard input`);
  }
  const { hashPassword } = await import("../../config/values/password_hash.ts");
  displayOf(host).print(await hashPassword(password, bytesOf(ids.uuidv7())));
  return EXIT.ok;
}

/** A salt need only differ from all others, as such an id does. */
function bytesOf(uuid: string): Uint8Array {
  const digits = uuid.replaceAll("-", "");
  return Uint8Array.from({ length: 16 }, (_, at) => parseInt(digits.slice(at * 2, at * 2 + 2), 16));
}
