// The first start, on a terminal: without a configuration the server waits for one, and shows a page that says how to begin.

import { isNothingFound } from "../../config/document/nothing_found.ts";
import type { Config } from "../../config/values/config.ts";
import { ConfigError, type ConfigIssue, formatIssue } from "../../domain/errors.ts";
import type { Host, Listener } from "../../ports/host.ts";
import { clean } from "../../domain/steering.ts";
import { type ConfigFlags, loadConfiguration } from "../terminal/configuration.ts";
import type { StopSignals } from "../terminal/stop_signals.ts";

interface FirstParts {
  args: ConfigFlags;
  host: Host;
  load: () => Promise<Config>;
  signals: StopSignals;
}

/** Between two looks at the file (ms). */
const LOOK_MS = 1_000;
const LOOPBACK: readonly string[] = ["127.0.0.1", "::1", "localhost"];

/**
 * The configuration, or the exit code of a signal that came first. Only somebody at a terminal is waited for: a service that
 * finds no configuration has to end, so that its manager tells of it. Rejects with `ConfigError` as `load` does.
 */
export async function firstConfiguration(parts: FirstParts): Promise<Config | number> {
  const { host, load } = parts;
  try {
    return await load();
  } catch (error) {
    const isFirst = error instanceof ConfigError && isNothingFound(error) && error.issues.length === 1;
    if (!isFirst || !host.terminal.errIsTty || !host.terminal.inIsTty) throw error;
    return await waitForOne(parts, error);
  }
}

async function waitForOne(
  { args, host, load, signals }: FirstParts,
  error: ConfigError,
): Promise<Config | number> {
  const say = (text: string) => host.terminal.err(`${text}\n`);
  const state = { issues: [] as readonly ConfigIssue[], turn: 0, said: "" };
  const file = `${host.files.workingFolder().replace(/\/+$/, "")}/schelly.yaml`;
  const listener = await listen(args, host, file, state);
  if (listener === undefined) throw error;
  say(clean(error.message, { lines: true }));
  say(
    `\nWaiting for ${file}, and showing how to begin at ${listener.address}/ in a browser. Ctrl-C ends this.`,
  );
  try {
    for (;;) {
      const signal = await Promise.race([signals.asked, signals.again, host.clock.sleep(LOOK_MS)]);
      if (typeof signal === "number") return signal;
      try {
        return await load();
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        const issues = isNothingFound(error)
          ? []
          : error.issues.filter(({ severity }) => severity === "error");
        const said = issues.map(formatIssue).join("\n");
        if (said === state.said) continue;
        Object.assign(state, { issues, said, turn: state.turn + 1 });
        if (said !== "") say(`\nIt cannot be used yet:\n${clean(said, { lines: true })}`);
      }
    }
  } finally {
    await listener.close(0);
  }
}

/** Where the server will listen, if only this machine reaches that; undefined: the page cannot be shown. */
async function listen(
  args: ConfigFlags,
  host: Host,
  file: string,
  state: { issues: readonly ConfigIssue[]; turn: number },
): Promise<Listener | undefined> {
  try {
    const empty = { text: "jobs: []", file: null };
    const { server } = await loadConfiguration(args, host, "optional", { edit: empty });
    if (server.listen === null || !LOOPBACK.includes(server.listen.hostname)) return undefined;
    const { createSetup } = await import("../../web/setup/setup.tsx");
    const { clock, version: { version } } = host;
    const page = createSetup({ clock, version, file, issues: () => state.issues, turn: () => state.turn });
    return await host.listen({ tcp: server.listen }, page);
  } catch {
    // A port that is taken, or a flag that is wrong: what was to be said is that there is no configuration.
    return undefined;
  }
}
