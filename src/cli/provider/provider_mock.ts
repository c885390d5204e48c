// `schelly provider mock`: a provider that makes nothing, to try a scheduler out with all that can go wrong.

import type { Command } from "commander";
import { counted } from "../../domain/count_text.ts";
import { iso } from "../../domain/instant.ts";
import type { Host } from "../../ports/host.ts";
import { createMockProvider, type MockOptions } from "../../provider/mock/handler.ts";
import { changeMockSettings, defaultMockSettings, MOCK_SETTINGS } from "../../provider/mock/settings.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { type Context, example, jsonOption } from "../terminal/options.ts";
import { listenOf } from "./provider_serve.ts";
import { readToken } from "./token_file.ts";
import { displayOf, jsonText } from "../terminal/render.ts";
import { stopSignals } from "../terminal/stop_signals.ts";

interface ProviderMockArgs {
  listen?: string;
  tokenFile?: string;
  restoreRoot?: string[];
  json?: boolean;
  /** Settings by name, as `PUT /mock` takes them. */
  settings: Record<string, string>;
}

const CLOSE_GRACE_MS = 500;

/** Declares the command in the group `provider`. */
export function addProviderMock(provider: Command, { host, finish }: Context): void {
  const mock = provider.command("mock").description("serve a pretended provider at /backups until a signal")
    .option("--listen <address>", "address (LISTEN_IP, LISTEN_PORT; default 127.0.0.1:7070)")
    .option("--token-file <path>", "callers must send this file's token as `Authorization: Bearer …`")
    .option(
      "--restore-root <folder...>",
      "folders below which it may restore; without it there is no `restore`",
    );
  for (const [name, { form, text, default: usual }] of Object.entries(MOCK_SETTINGS)) {
    mock.option(`--${name.replaceAll("_", "-")} <${form}>`, `${text} (default ${usual})`);
  }
  example(
    jsonOption(mock),
    "schelly provider mock --duration 5s..20s --fail-rate 0.1",
    `curl -X PUT http://127.0.0.1:7070/mock -d '{"lost_rate": 0.5, "extensions": "none"}'`,
  );
  mock.action(async ({ listen, tokenFile, restoreRoot, json, ...flags }) => {
    const settings = Object.fromEntries(
      Object.entries(flags as Record<string, string>).map(([name, value]) => [snakeCase(name), value]),
    );
    finish(await mockProvider({ listen, tokenFile, restoreRoot, json, settings }, host));
  });
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Serves until SIGINT (130) or SIGTERM (143), and prints each call and what becomes of each backup. */
async function mockProvider(args: ProviderMockArgs, host: Host): Promise<number> {
  const display = displayOf(host);
  const read = changeMockSettings(defaultMockSettings(), args.settings);
  if (!read.ok) throw new Failure(EXIT.usage, `Cannot mock a provider so: ${read.problem}`);
  const listen = listenOf(args.listen, host.env);
  const options: MockOptions = {
    settings: read.settings,
    hostnames: [listen.hostname],
    restoreRoots: args.restoreRoot,
    tell(what, data) {
      const time = iso(host.clock.now());
      if (args.json) host.terminal.out(`${jsonText({ time, what, ...data })}\n`);
      else display.print(`${time.slice(11, 19)}  ${what.padEnd(9)}  ${line(data)}`);
    },
  };
  if (args.tokenFile !== undefined) options.auth = { bearer: (await readToken(args.tokenFile, host)).token };
  // Whoever started it need not read what it says.
  const gap = (dropped: number) =>
    args.json
      ? `${jsonText({ time: iso(host.clock.now()), what: "dropped", lines: dropped })}\n`
      : `${counted(dropped, "line")} dropped here: nobody read them for too long.\n`;
  host.terminal.outNeverWait(gap);
  host.terminal.neverWait(gap);
  const signals = stopSignals(host);
  try {
    await using mock = await createMockProvider(options, host);
    const listener = await host.listen({ tcp: listen }, (request) => mock.handle(request));
    display.note(`Pretending to be a provider at ${listener.address}/backups, seed ${read.settings.seed}.`);
    display.note(`GET ${listener.address}/mock shows the settings, PUT changes them.`);
    const code = await signals.asked;
    await listener.close(CLOSE_GRACE_MS);
    return code;
  } finally {
    signals.end();
  }
}

function line(data: Record<string, string | number>): string {
  const { method, path, status, ...rest } = data;
  const call = method === undefined ? [] : [`${method} ${path} ${status}`];
  return [...call, ...Object.entries(rest).map(([name, value]) => `${name}=${value}`)].join(" ");
}
