// Where the page does what a command of the terminal does: texts for everybody name commands, and a page has buttons.

import type { Frame } from "../layout.tsx";
import type { Act } from "./act.ts";
import { actAddress } from "./act_button.tsx";
import { type ActName, ACTS } from "./acts.ts";

/** A link in place of a command, for those who may follow it. */
interface Way {
  words: string;
  href: string;
}

/** A part of a text: words, or a command with the way that stands for it; null: no page does that. */
export type TextPart = { words: string } | { command: string; way: Way | null };

/** Commands as texts write them: in single quotes, or as code. */
const COMMAND = /'(schelly [^'\n]+)'|`(schelly [^`\n]+)`/;

/** Splits a text where it names commands; `back`: where one is, to come back to after an act. */
export function partsOf(text: string, frame: Frame, back: string): TextPart[] {
  const parts: TextPart[] = [];
  let rest = text;
  for (let found = COMMAND.exec(rest); found !== null; found = COMMAND.exec(rest)) {
    if (found.index > 0) parts.push({ words: rest.slice(0, found.index) });
    const command = (found[1] ?? found[2])!;
    parts.push({ command, way: wayOf(command, frame, back) });
    rest = rest.slice(found.index + found[0].length);
  }
  return rest === "" ? parts : [...parts, { words: rest }];
}

const ACTS_OF: Record<string, ActName> = {
  "jobs trigger": "run",
  "jobs resume": "resume",
  "jobs unlock": "unlock",
  "runs cancel": "cancel",
  "retention approve": "approve",
  "backups hold": "hold",
  "backups accept": "accept",
  "backups reject": "reject",
  "backups verify": "verify",
  "backups release": "release",
  "backups delete": "delete",
  "unfreeze": "unfreeze",
  "clock trust": "trust",
  "reload": "reload",
};
/** Those that are done to nothing in particular. */
const OF_NOTHING: readonly string[] = ["unfreeze", "clock trust", "reload"];
/** Those whose name is one word. */
const ONE_WORD: readonly string[] = ["unfreeze", "reload", "events", "coverage", "status"];
/** How Activity calls the kind of ends that a status is of. */
const ENDS_OF: Record<string, string> = { missing: "bad", running: "open" };
/** What stands for a name in a text that knows none. */
const PLACEHOLDER = /^[A-Z]+$/;

function wayOf(command: string, frame: Frame, back: string): Way | null {
  const words = command.split(" ").slice(1);
  const length = ONE_WORD.includes(words[0]!) ? 1 : 2;
  const name = words.slice(0, length).join(" ");
  const args = words.slice(length);
  const [of = "", ...more] = args;
  if (PLACEHOLDER.test(of)) return null;
  const act = ACTS_OF[name];
  if (act === undefined) return pageWay(name, args, frame);
  if (OF_NOTHING.includes(name)) return actWay(act, "", frame, back);
  if (of === "" || of.startsWith("--")) return null;
  if (act === "accept" && more.includes("--damaged")) return actWay("accept_damaged", of, frame, back);
  // What else a hold takes is asked for by its page.
  return more.length === 0 || act === "hold" ? actWay(act, of, frame, back) : null;
}

function actWay(name: ActName, of: string, frame: Frame, back: string): Way | null {
  const act: Act = ACTS[name];
  if (frame.viewer?.may(act.endpoint) !== true) return null;
  return { words: act.verb, href: actAddress(frame, name, of, back) };
}

/** Pages that show what a command prints. */
function pageWay(name: string, args: readonly string[], { paths, viewer }: Frame): Way | null {
  const [of = ""] = args;
  const option = (key: string) => args.includes(`--${key}`) ? args[args.indexOf(`--${key}`) + 1] ?? "" : "";
  const job = option("job");
  if (PLACEHOLDER.test(job)) return null;
  const activity = (asked: Record<string, string>) => {
    const query = new URLSearchParams({ ...asked, ...(job === "" ? {} : { job }) });
    return query.size === 0 ? paths.activity : `${paths.activity}?${query}`;
  };
  switch (name) {
    case "jobs show":
      return of === "" ? null : { words: `the page of ${of}`, href: paths.job(of) };
    case "backups show":
    case "backups explain":
      return of === "" ? null : { words: "its page", href: paths.backup(of) };
    case "retention show":
      return of === "" || viewer?.may("GET /calendar/deletions") !== true
        ? null
        : { words: "Deletions", href: `${paths.deletions}?job=${encodeURIComponent(of)}` };
    case "runs list": {
      const status = option("status");
      const end = ENDS_OF[status];
      if (status !== "" && end === undefined) return null;
      return {
        words: job === "" ? "Activity" : `the activity of ${job}`,
        href: activity(end === undefined ? {} : { end }),
      };
    }
    case "events":
      return { words: "the events", href: activity({ view: "events" }) };
    case "coverage":
      return of === "" ? null : { words: "what it lacks", href: `${paths.job(of)}#coverage` };
    case "status":
    case "jobs list":
      return { words: "Overview", href: paths.overview };
    default:
      return null;
  }
}
