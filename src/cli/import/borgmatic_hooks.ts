// borgmatic's commands around a backup, of either form, as those of a provider and of a job.

import type { Borgmatic, BorgmaticCommand } from "./borgmatic_schema.ts";
import { type Notes, quoted } from "./imported.ts";

/** Actions of which a backup consists here. */
const MADE_OF = ["create"];
const OLD_ACTIONS = ["backup", "prune", "compact", "check", "extract"];

/** Those of one repository. */
interface ImportedHooks {
  pre?: string;
  post?: string;
  /** Of the provider. */
  success?: string;
  /** Of the job. */
  failure?: string;
}

/** What a command may name in braces. */
interface HookPlace {
  repository: string;
  label: string;
  file: string;
}

/** The commands of one repository, each where it runs here. */
export function hooksOf(config: Borgmatic, place: HookPlace, notes: Notes): ImportedHooks {
  const lines: Record<keyof ImportedHooks, string[]> = { pre: [], post: [], success: [], failure: [] };
  for (const command of commandsOf(config)) {
    const kind = kindOf(command, notes);
    if (kind !== undefined) lines[kind].push(...command.run.map((line) => filled(line, place, notes)));
  }
  const found: ImportedHooks = {};
  for (const kind of ["pre", "post", "success", "failure"] as const) {
    // borgmatic's shell goes on after an unset variable and a failed first part of a pipe.
    if (lines[kind].length > 0) found[kind] = `set +u +o pipefail\n${lines[kind].join("\n")}\n`;
  }
  return found;
}

/** The older keys in the form of the newer one. */
function commandsOf(config: Borgmatic): BorgmaticCommand[] {
  const texts = (key: string): string[] => {
    const value = config[key];
    return typeof value === "string" ? [value] : Array.isArray(value) ? value.map(String) : [];
  };
  const old: BorgmaticCommand[] = [];
  const add = (key: string, rest: Partial<BorgmaticCommand>) => {
    const run = texts(key);
    if (run.length > 0) {
      old.push({ before: undefined, after: undefined, when: undefined, states: undefined, ...rest, run });
    }
  };
  for (const side of ["before", "after"] as const) {
    add(`${side}_everything`, { [side]: "everything", when: ["create"] });
    add(`${side}_actions`, { [side]: "repository" });
    for (const action of OLD_ACTIONS) {
      add(`${side}_${action}`, { [side]: "action", when: [action === "backup" ? "create" : action] });
    }
  }
  add("on_error", { after: "error" });
  const all = [...(config.commands ?? []), ...old];
  return all.toSorted((one, other) => rankOf(one) - rankOf(other));
}

/** From the outside in before a backup, from the inside out after it. */
function rankOf({ before, after }: BorgmaticCommand): number {
  const depth = ["everything", "configuration", "repository", "action"];
  return before !== undefined ? depth.indexOf(before) : 2 * depth.length - depth.indexOf(after ?? "");
}

/** Keys that `commandsOf` reads. */
export const HOOK_KEYS: ReadonlySet<string> = new Set([
  "on_error",
  ...["before", "after"].flatMap((side) => [
    `${side}_everything`,
    `${side}_actions`,
    ...OLD_ACTIONS.map((action) => `${side}_${action}`),
  ]),
]);

function kindOf(
  { before, after, when, states, run }: BorgmaticCommand,
  notes: Notes,
): keyof ImportedHooks | undefined {
  const place = before !== undefined ? `before: ${before}` : `after: ${after}`;
  const about = `commands (${place}${when === undefined ? "" : ` of ${when.join(", ")}`})`;
  if (when !== undefined && !when.some((action) => MADE_OF.includes(action)) && after !== "error") {
    notes.lost(about, `'${run[0]}' runs around no backup, and there is no hook for that here`);
    return undefined;
  }
  if (run.some((line) => /\b75\b/.test(line))) {
    notes.changed(
      about,
      "a command that ends with 75 skips the backup in borgmatic; here the backup fails, and says so",
    );
  }
  if (["everything", "configuration"].includes(before ?? after ?? "")) {
    notes.changed(about, "it runs around the backup of each repository, not once around all of them");
  }
  if (before !== undefined) return "pre";
  if (after === "error") {
    notes.changed("on_error", "it is on_failure of the job: it runs for missed and cancelled backups too");
    return "failure";
  }
  if (states === undefined || states.includes("finish") && states.includes("fail")) return "post";
  return states.includes("finish") ? "success" : "failure";
}

/** Names in braces become what they stand for; borgmatic quotes them for the shell, too. */
function filled(line: string, { repository, label, file }: HookPlace, notes: Notes): string {
  const values: Record<string, string> = {
    repository: quoted(repository),
    repository_label: quoted(label),
    configuration_filename: quoted(file),
    error: '"$SCHELLY_MESSAGE"',
    output: '"$SCHELLY_MESSAGE"',
    log_file: "/dev/null",
  };
  return line.replace(/(\\)?\{(\w+)(\\)?\}/g, (whole, left, name: string, right, at: number) => {
    if (left && right) return `{${name}}`;
    if (line[at - 1] === "$" || !Object.hasOwn(values, name)) return whole;
    if (["output", "log_file"].includes(name)) {
      notes.changed(
        `{${name}}`,
        "there is none here; a command reads SCHELLY_MESSAGE, and `schelly runs show` has the output",
      );
    }
    return values[name]!;
  });
}
