// Programs of this checkout that a bench runs beside itself.

import { V8_FLAGS } from "../scripts/v8_flags.ts";
import { systemClock } from "../src/runtime/clock.ts";

const ROOT = new URL("..", import.meta.url).pathname;
/** V8's options for the program that is measured: those of the compiled one, or others, such as `--prof`. */
const OPTIONS = Deno.env.get("V8") ?? V8_FLAGS;

/** Runs a program of this checkout; what it says is handed over as it comes. */
export function run(
  script: string,
  args: string[],
  stream: "stdout" | "stderr",
  said: (part: string) => void,
) {
  const flags = OPTIONS === "" || stream === "stdout" ? [] : [`--v8-flags=${OPTIONS}`];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-P=default", "--no-check", ...flags, "--config", `${ROOT}deno.json`]
      .concat(`${ROOT}bench/${script}`, args),
    stdin: "null",
    stdout: stream === "stdout" ? "piped" : "null",
    stderr: stream === "stderr" ? "piped" : "inherit",
  }).spawn();
  const reading = (async () => {
    for await (const part of child[stream].pipeThrough(new TextDecoderStream())) said(part);
  })();
  return {
    pid: child.pid,
    async stop() {
      child.kill("SIGTERM");
      await child.status;
      await reading;
    },
  };
}

/** An instant provider in a process of its own. */
export async function startProvider(): Promise<{ url: string; stop(): Promise<void> }> {
  let url = "";
  const provider = run("instant_provider.ts", [], "stdout", (part) => url += part);
  while (!url.endsWith("\n")) await systemClock.sleep(20);
  return { url: url.trim(), stop: provider.stop };
}
