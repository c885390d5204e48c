// Shows something again and again until a signal: on a terminal in place, elsewhere whenever it has changed.

import { iso } from "../../domain/instant.ts";
import { formatDuration } from "../../domain/duration.ts";
import { clean } from "../../domain/steering.ts";
import type { Host } from "../../ports/host.ts";
import { stopSignals } from "./stop_signals.ts";
import { EXIT, Failure } from "./exit.ts";
import { localTime } from "./render.ts";

/** One look at what is watched. */
interface Look {
  text: string;
  /** What tells it from another look, where that is not the text. */
  key?: string;
}

interface WatchOptions {
  everyMs: number;
  /** What is watched, as one types it. */
  title: string;
  /** Only data: without the times of looks. */
  bare: boolean;
}

/** Cursor to the first place, and the screen empty. */
const CLEAR = "\x1b[H\x1b[2J";

/** Whether a screen can be drawn again in place. */
function canRedraw({ terminal, env }: Pick<Host, "terminal" | "env">): boolean {
  return terminal.outIsTty && env.TERM !== "dumb";
}

/** The host for one look: what is written there is answered, in the form in which it will be shown. */
export function lookOf(host: Host): { host: Host; text(): string } {
  let text = "";
  const terminal = {
    ...host.terminal,
    // Where every change is printed, an age in words would be one.
    outIsTty: canRedraw(host),
    out: (part: string) => void (text += part),
  };
  return { host: { ...host, terminal }, text: () => text };
}

/**
 * Watches until SIGINT or SIGTERM, and answers that signal's exit code. Rejects as the first look does; a server that is
 * away later is waited for, and what was seen last stays on the screen.
 */
export async function watch(look: () => Promise<Look>, options: WatchOptions, host: Host): Promise<number> {
  const signals = stopSignals(host);
  const stop = new AbortController();
  try {
    return await Promise.race([signals.asked, lookOn(look, options, host, stop.signal)]);
  } finally {
    stop.abort();
    signals.end();
  }
}

async function lookOn(
  look: () => Promise<Look>,
  options: WatchOptions,
  host: Host,
  stop: AbortSignal,
): Promise<number> {
  const show = canRedraw(host) && !options.bare ? redrawing(options, host) : printing(options, host);
  let last: Look | undefined;
  for (;;) {
    let trouble: string | undefined;
    try {
      last = await look();
    } catch (error) {
      if (last === undefined || !(error instanceof Failure) || error.code !== EXIT.unreachable) throw error;
      trouble = clean(error.message);
    }
    // A look may end after the watch has.
    if (!stop.aborted) show(last, trouble);
    if (host.terminal.outIsClosed?.()) return EXIT.ok;
    await host.clock.sleep(options.everyMs, stop);
  }
}

type Show = (look: Look, trouble: string | undefined) => void;

function redrawing({ everyMs, title }: WatchOptions, { terminal, env, clock }: Host): Show {
  return ({ text }, trouble) => {
    const head = `Every ${formatDuration(everyMs)}: ${title}  ${localTime(clock.now(), env.TZ)}`;
    const note = trouble === undefined ? "" : `${trouble}; this was seen last:\n\n`;
    terminal.out(`${CLEAR}${head}\n\n${note}${text}`);
  };
}

function printing({ bare }: WatchOptions, { terminal, clock }: Host): Show {
  let shown: string | undefined;
  let isAway = false;
  return ({ text, key = text }, trouble) => {
    if ((trouble !== undefined) !== isAway) {
      isAway = trouble !== undefined;
      terminal.err(isAway ? `${trouble}; trying again.\n` : "The server answers again.\n");
    }
    if (isAway || key === shown) return;
    const apart = shown === undefined ? "" : "\n";
    shown = key;
    terminal.out(bare ? text : `${apart}${iso(clock.now())}\n${text}`);
  };
}
