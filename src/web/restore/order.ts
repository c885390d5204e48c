// What somebody asks the server to restore, as their form says it, and in words what comes of it.

import { insidePath } from "../../domain/inside_path.ts";
import { outsideRoots } from "../../domain/server_restore.ts";
import type { BackupView } from "../../ports/views/backup.ts";

/** A wish, not looked at yet: the API says what is wrong with it. */
export interface Order {
  /** Of the run of the backup. */
  run: string;
  target: string;
  /** Paths of the backup; empty: all of it. */
  include: string[];
  overwrite: boolean;
  anyOwner: boolean;
}

/** So many paths are named one by one. */
const MOST_NAMED = 20;

/** Reads a form, or an address; each `path`, from where somebody browsed, is one path, whatever it is called. */
export function readOrder(fields: URLSearchParams): Order {
  const lines = fields.get("include")?.split(/\r?\n/).filter((line) => line.trim() !== "");
  return {
    run: fields.get("run") ?? "",
    target: (fields.get("target") ?? "").trim(),
    include: [...new Set(lines ?? fields.getAll("path").filter((path) => path !== ""))],
    overwrite: fields.get("overwrite") === "yes",
    anyOwner: fields.get("any_owner") === "yes",
  };
}

/** A path that a line of the form cannot carry; undefined: it carries them all. */
export function notCarried({ include }: Order): string | undefined {
  return include.find((path) => path.trim() === "" || /\p{Cc}/u.test(path));
}

/** Why it surely would be refused, as far as words tell; `roots`: below which may be restored, null: not known. */
export function unfitOrder(order: Order, roots: readonly string[] | null): string | undefined {
  const odd = notCarried(order);
  if (odd !== undefined) {
    return `The name ${
      JSON.stringify(odd)
    } holds a line break or another character that no form can carry, or nothing but blanks: restore the folder that ` +
      "it lies in, or take the command.";
  }
  for (const path of order.include) {
    const inside = insidePath(path);
    if (!inside.ok) return `'${path}' is no path of the backup: ${inside.problem}.`;
  }
  if (order.target === "") return undefined;
  // Below the root of all, and where the roots are not known, any absolute path fits.
  const why = outsideRoots(
    order.target,
    roots === null ? [""] : roots.map((root) => root.replace(/\/+$/, "")),
  );
  return why === undefined ? undefined : `Cannot restore into '${order.target}': ${why}.`;
}

/** As the form says it again. */
export function orderFields(order: Order): Record<string, string> {
  const { run, target, include, overwrite, anyOwner } = order;
  return {
    ...{ run, target, include: include.join("\n") },
    ...(overwrite ? { overwrite: "yes" } : {}),
    ...(anyOwner ? { any_owner: "yes" } : {}),
  };
}

/** As the API takes it. */
export function orderBody(order: Order, dryRun: boolean): Record<string, unknown> {
  const { target, include, overwrite, anyOwner } = order;
  return { target, include, overwrite, any_owner: anyOwner, dry_run: dryRun };
}

/** What will be done, a sentence each; `when`: the moment of the backup. */
export function orderWords(order: Order, backup: BackupView, when: string): string[] {
  const { include, target, overwrite, anyOwner } = order;
  const folder = target.replace(/\/+$/, "");
  const [first] = include;
  return [
    `Backup ${backup.id} of ${backup.job}, of ${when}, is restored: ${
      first === undefined ? "all of it" : `of it only ${namesOf(include)}`
    }.`,
    `Its provider writes it into ${target}, on its own machine and with its own rights; ${
      first === undefined ? "a path P of the backup" : first
    } becomes ${folder}/${first ?? "P"}.`,
    overwrite
      ? "What is there with the same path is replaced, and gone; what else lies there stays."
      : "Where that folder is not empty, nothing is written.",
    anyOwner
      ? "Files whose owner cannot be given belong to the provider's user, which counts as well."
      : "Where an owner cannot be given, the files are there and the restore is said to have failed.",
    "The backup itself is not touched. The restore is on record in the audit trail.",
  ];
}

/** What is to be typed before it is done, and why: what replaces files, and what may bring back damage. */
export function wordsToType(order: Order, warning: string | undefined): { name: string; expected: string }[] {
  return [
    ...(order.overwrite ? [{ name: "typed_overwrite", expected: "replace" }] : []),
    ...(warning === undefined ? [] : [{ name: "typed_anyway", expected: "anyway" }]),
  ];
}

function namesOf(paths: readonly string[]): string {
  const named = paths.slice(0, MOST_NAMED).join(", ");
  return paths.length > MOST_NAMED ? `${named} and ${paths.length - MOST_NAMED} more` : named;
}
