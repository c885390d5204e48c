// Which commands were meant by a word that is none, wherever in the tree they stand.

import { nearest } from "../config/values/nearest.ts";

/** What other programs call it, or a guess would, and the commands that do it here. */
const OTHER_WORDS: Readonly<Record<string, readonly string[]>> = {
  snapshots: ["backups list"],
  snapshot: ["backups list", "jobs trigger"],
  archives: ["backups list"],
  backup: ["jobs trigger", "backups list"],
  ls: ["backups list", "jobs list"],
  start: ["jobs trigger"],
  run: ["jobs trigger"],
  exec: ["jobs trigger"],
  rm: ["backups delete"],
  del: ["backups delete"],
  remove: ["backups delete"],
  prune: ["retention run"],
  logs: ["jobs logs", "events"],
  log: ["jobs logs", "events"],
  journal: ["jobs logs", "events"],
  history: ["runs list", "events"],
  files: ["backups browse"],
  mount: ["backups browse", "backups restore"],
  extract: ["backups restore"],
  keep: ["backups hold"],
  pin: ["backups hold"],
  enable: ["jobs resume"],
  disable: ["jobs pause"],
  stop: ["runs cancel", "jobs pause"],
  next: ["jobs list"],
  health: ["status", "healthcheck"],
  login: ["ui"],
};
/** Groups of daily use: what they do is meant rather than what the others do. */
const USUAL: readonly string[] = ["jobs", "backups", "runs"];
const MOST_NAMED = 3;

/**
 * The commands of `all` that end with `word`, which was typed below `path`, and those known by it as another word; where
 * there are none, those that end with the word nearest to it. Where some stand in the group of `path` only these.
 */
export function commandsMeant(
  word: string,
  path: readonly string[],
  all: readonly (readonly string[])[],
): string[] {
  const isHere = (one: readonly string[]) =>
    path.length > 0 && one.length > path.length && path.every((name, at) => one[at] === name);
  const ending = (last: string) => all.filter((one) => one.at(-1) === last).sort(byUse);
  const lastOf = (some: typeof all) => new Set(some.map((one) => one.at(-1)!));
  let meant = ending(word);
  if (Object.hasOwn(OTHER_WORDS, word)) {
    const others = OTHER_WORDS[word]!.map((one) => one.split(" "));
    meant = [...meant, ...others.filter((one) => !meant.some((known) => known.join(" ") === one.join(" ")))];
  }
  if (meant.length === 0) {
    const near = nearest(word, lastOf(all.filter(isHere))) ?? nearest(word, lastOf(all));
    meant = near === undefined ? [] : ending(near);
  }
  const here = meant.filter(isHere);
  return (here.length > 0 ? here : meant).slice(0, MOST_NAMED).map((one) => one.join(" "));
}

function byUse([one]: readonly string[], [other]: readonly string[]): number {
  const rank = (group: string | undefined) => USUAL.includes(group!) ? USUAL.indexOf(group!) : USUAL.length;
  return rank(one) - rank(other);
}

/** `did you mean 'schelly jobs logs' or 'schelly events'?` */
export function meantText(commands: readonly string[]): string {
  const named = commands.map((command) => `'schelly ${command}'`);
  const last = named.length > 1 ? ` or ${named.at(-1)}` : named[0];
  return `did you mean ${named.slice(0, -1).join(", ")}${last}?`;
}
